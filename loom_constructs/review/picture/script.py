"""What the page does where JavaScript runs: highlight, choose, filter. Picture and table are there without it."""

SCRIPT = """
(() => {
  "use strict";
  const rows = [...document.querySelectorAll("#calls tbody tr")];
  const picture = document.querySelector("#picture");
  const filter = document.querySelector("#filter");
  const shown = document.querySelector("#shown");
  const chosen = document.querySelector("#chosen");
  const all = shown.textContent;

  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\\s+/);
    let left = 0;
    for (const row of rows) {
      const said = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
      row.hidden = !words.every((word) => said.includes(word));
      left += row.hidden ? 0 : 1;
    }
    shown.textContent = left === rows.length ? all : `${left} of ${all}`;
  });
  filter.parentElement.hidden = false;
  if (!picture) return;

  const parts = [...picture.querySelectorAll(".node, .edge")];
  const endsOf = (edge) => document.getElementById(edge).dataset.ends.split(" ");
  const drawnBy = (row) => [row.dataset.edge, ...endsOf(row.dataset.edge), ...row.dataset.peers.split(" ")];
  const rowsOf = (part) => rows.filter((row) => drawnBy(row).includes(part.id));
  let picked = null;

  const light = (part) => {
    const on = new Set(part ? [part.id, ...rowsOf(part).flatMap(drawnBy)] : []);
    picture.classList.toggle("lit", Boolean(part));
    for (const each of parts) each.classList.toggle("on", on.has(each.id));
  };
  const pick = (part) => {
    picked = part;
    for (const each of parts) {
      each.classList.toggle("picked", each === part);
      if (each.matches(".node")) each.setAttribute("aria-pressed", String(each === part));
    }
    light(part);
    chosen.hidden = !part;
    document.documentElement.classList.toggle("opened", Boolean(part));
    if (!part) return;
    chosen.querySelector("h2").textContent = part.querySelector("title").textContent;
    chosen.querySelector("tbody").replaceChildren(...rowsOf(part).map((row) => {
      const copy = row.cloneNode(true);
      copy.hidden = false;
      return copy;
    }));
    chosen.scrollTop = 0;
    part.scrollIntoView({block: "nearest", inline: "nearest"});
  };

  for (const part of parts) {
    part.addEventListener("mouseenter", () => light(part));
    part.addEventListener("mouseleave", () => light(picked));
    part.addEventListener("click", () => pick(part === picked ? null : part));
    if (!part.matches(".node")) continue;
    part.setAttribute("tabindex", "0");
    part.setAttribute("role", "button");
    part.setAttribute("aria-label", part.querySelector("title").textContent);
    part.addEventListener("focus", () => light(part));
    part.addEventListener("blur", () => light(picked));
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick(part === picked ? null : part);
    });
  }
  chosen.querySelector("button").addEventListener("click", () => {
    const before = picked;
    pick(null);
    if (before && before.matches(".node")) before.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && picked) pick(null);
  });
  picture.addEventListener("click", (event) => {
    if (!event.target.closest(".node, .edge")) pick(null);
  });
  picture.classList.add("ready");
})();
"""
