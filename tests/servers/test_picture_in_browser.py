"""The page that shows who calls whom, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from loom_constructs.review.picture.page import page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Row(NamedTuple):
    client: str
    server: str
    port: int
    protocol: str = "TCP"
    identity: str | None = None


ROWS = [
    *(Row(f"shop/{name}", "kube-system/dns", 53, "UDP") for name in ("api", "db", "jobs", "web")),
    Row("shop/web", "shop/api", 8080, identity="web.shop"),
    Row("shop/jobs", "shop/api", 8080, identity="jobs.shop"),
    Row("shop/api", "shop/db", 5432, identity="api.shop"),
    Row('shop/"><img src=x onerror=document.title="run">', "shop/db", 5432),
]
NAMED = 'const named = (title) => [...document.querySelectorAll("#picture .node, #picture .edge")].find((e) => e.querySelector("title").textContent === title);'
SEEN = "const seen = (rows) => [...document.querySelectorAll(rows)].filter((row) => row.offsetParent).map((row) => row.cells[0].textContent);"
LIT = 'const lit = () => [...document.querySelectorAll(".node.on title")].map((title) => title.textContent).sort();'


class Browser:
    """A browser without a window."""

    def __init__(self, program: str, folder: Path) -> None:
        self.command = [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        self.folder = folder

    def load(self, html: str, *options: str) -> tuple[str, list[str]]:
        """The page after its script ran, and what the script said on the console."""
        file = self.folder / "page.html"
        file.write_text(html)
        command = [*self.command, "--enable-logging=stderr", "--dump-dom", *options, file.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout, re.findall(r"CONSOLE.*", done.stderr)

    def ask(self, script: str) -> Any:
        """What a script finds out on the page with the rows."""
        # Only the page's own script may run on the page as it is.
        open_page = re.sub(r"<meta http-equiv[^>]*>", "", page(ROWS, title="Shop"))
        asking = f"<script>{NAMED}{SEEN}{LIT}document.body.dataset.found = JSON.stringify((() => {{{script}}})());</script></body>"
        dom, said = self.load(open_page.replace("</body>", asking))
        assert said == []
        return json.loads(unescape(re.search(r'data-found="([^"]*)"', dom)[1]))


@pytest.fixture
def browser() -> Iterator[Browser]:
    """The first browser of the PATH."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"needs one of {', '.join(BROWSERS)} on the PATH")
    with tempfile.TemporaryDirectory(prefix="loom-", ignore_cleanup_errors=True) as folder:
        yield Browser(program, Path(folder))


def test_the_script_runs_under_the_pages_own_policy_without_an_error(browser: Browser) -> None:
    dom, said = browser.load(page(ROWS, title="Shop"))

    assert said == []
    assert 'class="ready"' in dom
    assert dom.count("<tr data-edge") == len(ROWS)
    assert "<title>Shop</title>" in dom


def test_a_script_that_is_not_the_pages_own_is_refused(browser: Browser) -> None:
    strange = "<script>document.title = 'run'</script></body>"
    dom, said = browser.load(page(ROWS, title="Shop").replace("</body>", strange))

    assert len(said) == 1 and "Content Security Policy" in said[0]
    assert "<title>Shop</title>" in dom


def test_the_filter_keeps_rows_that_have_all_words(browser: Browser) -> None:
    found = browser.ask(
        """
        const filter = document.querySelector("#filter");
        const asked = (words) => {
          filter.value = words;
          filter.dispatchEvent(new Event("input"));
          return [seen("#calls tbody tr"), document.querySelector("#shown").textContent];
        };
        return [filter.offsetParent !== null, asked("8080 WEB"), asked("nothing of this"), asked("")];
        """
    )

    assert found[:3] == [True, [["shop/web"], "1 of 8 calls"], [[], "0 of 8 calls"]]
    assert [len(found[3][0]), found[3][1]] == [8, "8 calls"]


def test_a_peer_under_the_pointer_is_shown_with_those_it_talks_to(browser: Browser) -> None:
    found = browser.ask(
        """
        const before = lit();
        named("shop/web").dispatchEvent(new MouseEvent("mouseenter"));
        const during = lit();
        named("shop/web").dispatchEvent(new MouseEvent("mouseleave"));
        return [before, during, lit(), document.querySelector("#picture").classList.contains("lit")];
        """
    )

    assert found == [[], ["4 of 5 peers of shop", "kube-system/dns", "shop/api", "shop/web"], [], False]


def test_a_click_shows_the_rows_of_a_peer_until_escape(browser: Browser) -> None:
    found = browser.ask(
        """
        const click = (title) => named(title).dispatchEvent(new MouseEvent("click", {bubbles: true}));
        const chosen = () => [seen("#chosen tbody tr"), document.querySelector("#chosen h2").offsetParent !== null];
        const filter = document.querySelector("#filter");
        filter.value = "rows that the filter hides are shown here";
        filter.dispatchEvent(new Event("input"));
        click("shop/db");
        const peer = chosen();
        click("shop/web to shop/api on 8080, identity required");
        const edge = chosen();
        document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}));
        return [peer, edge, chosen(), lit()];
        """
    )

    hostile = ROWS[-1].client
    assert found == [[[hostile, "shop/api", "shop/db"], True], [["shop/web"], True], [[], False], []]


def test_peers_are_reached_and_chosen_with_the_keyboard(browser: Browser) -> None:
    found = browser.ask(
        """
        const peer = named("shop/web");
        peer.focus();
        // a browser that is slow to start has not given the focus to its page yet
        if (!document.hasFocus()) peer.dispatchEvent(new FocusEvent("focus"));
        const reached = [document.activeElement === peer, lit().includes("shop/api"), peer.getAttribute("role")];
        peer.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
        return [...reached, seen("#chosen tbody tr"), peer.getAttribute("aria-pressed")];
        """
    )

    assert found == [True, True, "button", ["shop/web", "shop/web"], "true"]


def test_letters_fit_into_their_boxes_as_the_browser_draws_them(browser: Browser) -> None:
    found = browser.ask(
        """
        return [...document.querySelectorAll("#picture .node, #picture .namespace")].flatMap((group) => {
          const box = group.querySelector("rect").getBBox();
          return [...group.querySelectorAll("text")].map((text) => {
            const letters = text.getBBox();
            const fits = letters.x >= box.x && letters.x + letters.width <= box.x + box.width
              && letters.y >= box.y && letters.y + letters.height <= box.y + box.height;
            return [text.textContent, fits];
          });
        });
        """
    )

    assert len(found) > 10
    assert [text for text, fits in found if not fits] == []


def test_without_scripts_picture_and_table_are_there(browser: Browser) -> None:
    html = re.sub(r"<script>.*?</script>", "", page(ROWS, title="Shop"), flags=re.S)
    dom, said = browser.load(html, f"--screenshot={browser.folder}/shot.png", "--window-size=1400,900")

    assert said == []
    assert (browser.folder / "shot.png").stat().st_size > 20_000
    assert dom.count("<tr data-edge") == len(ROWS)
