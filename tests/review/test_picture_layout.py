"""Where things stand in the picture."""

import re
from itertools import combinations

import pytest

from tests.review.drawn import CASES, SVG, box, drawn, row

ADVANCE = 0.61


def inside(point, outer, slack=0.15):
    x, y, width, height = outer
    return x - slack <= point[0] <= x + width + slack and y - slack <= point[1] <= y + height + slack


def overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def points(edge):
    """Points along an edge, from its server to its client."""
    path, here = edge.find(f"{SVG}path[@class='line']").get("d"), None
    for step, values in re.findall(r"([MLC])([-\d. ]+)", path):
        numbers = [float(v) for v in values.split()]
        stops = list(zip(numbers[::2], numbers[1::2], strict=True))
        if step == "M":
            yield stops[0]
        else:
            p, q, r, s = (here, stops[0], stops[1], stops[2]) if step == "C" else (here, here, stops[0], stops[0])
            for i in range(1, 13):
                t, u = i / 12, 1 - i / 12
                yield tuple(u**3 * p[k] + 3 * u * u * t * q[k] + 3 * u * t * t * r[k] + t**3 * s[k] for k in (0, 1))
        here = stops[-1]


@pytest.fixture(params=CASES, scope="module")
def picture(request):
    return drawn(CASES[request.param])


def test_no_two_nodes_overlap(picture):
    boxes = [box(node) for node in picture[1].values()]

    assert [(a, b) for a, b in combinations(boxes, 2) if overlap(a, b)] == []


def test_every_edge_goes_from_its_client_to_its_server(picture):
    _, nodes, _, edges = picture
    for id, edge in edges.items():
        client, server = (box(nodes[end]) for end in edge.get("data-ends").split())
        way = list(points(edge))

        assert inside(way[0], server), id
        assert inside(way[-1], client), id


def test_no_edge_runs_through_a_node(picture):
    _, nodes, _, edges = picture
    boxes = {id: box(node) for id, node in nodes.items()}
    for id, edge in edges.items():
        way = list(points(edge))

        # Nor through its own: it touches them from outside.
        assert [n for n, b in boxes.items() if any(inside(p, b, slack=-0.15) for p in way)] == [], id


def test_text_fits_into_its_box(picture):
    _, nodes, frames, _ = picture
    for group in [*nodes.values(), *frames.values()]:
        x, y, width, height = box(group)
        for line in group.findall(f"{SVG}text"):
            size = float(line.get("font-size"))
            wide = sum(2 if ord(c) > 0x2E80 else 1 for c in line.text) * size * ADVANCE

            assert x + 4 <= float(line.get("x")) and float(line.get("x")) + wide <= x + width - 4, line.text
            assert y + size <= float(line.get("y")) <= y + height - 4, line.text


def test_namespaces_hold_their_peers_and_nothing_else(picture):
    _, nodes, frames, _ = picture
    for name, frame in frames.items():
        for node in nodes.values():
            title = node.find(f"{SVG}title").text
            mine = title.startswith(f"{name.removeprefix('namespace ')}/") or title.endswith(f"of {name[10:]}")
            x, y, width, height = box(node)

            assert overlap(box(frame), box(node)) == mine, (name, title)
            if mine:
                label = float(frame.find(f"{SVG}text").get("y"))
                assert inside((x - 8, label + 4), box(frame)) and inside((x + width + 8, y + height + 8), box(frame))
                assert label + 4 <= y
    assert not any(overlap(box(a), box(b)) for a, b in combinations(frames.values(), 2))


def test_everything_is_inside_the_picture(picture):
    root, nodes, frames, edges = picture
    _, _, width, height = (float(v) for v in root.get("viewBox").split())
    corners = [(x + w, y + h) for x, y, w, h in map(box, [*nodes.values(), *frames.values()])]
    corners += [box(group)[:2] for group in [*nodes.values(), *frames.values()]]

    assert all(inside(p, (0, 0, width, height), 0) for p in [*corners, *(p for e in edges.values() for p in points(e))])


def test_callers_stand_left_of_what_they_call():
    rows = [
        row("shop/web", "shop/api"),
        row("shop/api", "bank/db"),
        row("internet", "shop/web"),
        row("shop/api", "10.0.0.0/8"),
    ]
    _, nodes, _, edges = drawn(rows)

    for edge in edges.values():
        client, server = (box(nodes[end]) for end in edge.get("data-ends").split())
        assert client[0] + client[2] < server[0]


def test_nodes_stand_so_that_edges_do_not_cross():
    rows = [row(f"shop/{a}", f"shop/{b}") for a, b in ("az", "by", "cx", "dw", "ay", "bx", "cw")]
    _, nodes, _, _ = drawn(rows)
    y = {node.find(f"{SVG}title").text[-1]: box(node)[1] for node in nodes.values()}

    order = sorted("abcd", key=y.get)
    assert order in (list("abcd"), list("dcba"))
    assert sorted("zyxw", key=y.get) == [dict(zip("abcd", "zyxw", strict=True))[letter] for letter in order]


def test_peers_that_call_each_other_in_a_circle_stand_in_one_column():
    rows = [row("shop/a", "shop/b"), row("shop/b", "shop/c"), row("shop/c", "shop/a"), row("shop/web", "shop/b")]
    _, nodes, _, _ = drawn(rows)
    x = {node.find(f"{SVG}title").text[5:]: box(node)[0] for node in nodes.values()}

    assert x["web"] < x["a"] == x["b"] == x["c"]


def test_what_nobody_calls_stands_next_to_what_it_calls():
    rows = [
        row("shop/web", "shop/api"),
        row("shop/api", "shop/pool"),
        row("shop/pool", "shop/db"),
        row("shop/job", "shop/db"),
    ]
    _, nodes, _, _ = drawn(rows)
    x = {node.find(f"{SVG}title").text[5:]: box(node)[0] for node in nodes.values()}

    assert x["web"] < x["api"] < x["pool"] == x["job"] < x["db"]


def test_a_client_stands_in_the_middle_of_what_it_calls():
    rows = [row("shop/web", f"shop/{a}") for a in "abcd"] + [row("shop/zoo", f"shop/{a}") for a in "efgh"]
    _, nodes, _, _ = drawn(rows)
    middle = {n.find(f"{SVG}title").text[5:]: box(n)[1] + box(n)[3] / 2 for n in nodes.values()}

    assert middle["web"] == pytest.approx(sum(middle[a] for a in "abcd") / 4, abs=1)
    assert middle["zoo"] == pytest.approx(sum(middle[a] for a in "efgh") / 4, abs=1)
