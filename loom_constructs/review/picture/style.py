"""How the page looks: light or dark as the reader's system says, and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #182230; --soft: #566273; --line: #d3d9e2; --edge: #b4becb;
  --known: #0b7468; --anyone: #68758a; --focus: #1d5fd6; --mark: #e3f1ef;
  --tint0: #e7f1ee; --tint1: #f1ebf9; --tint2: #eaf0fb; --tint3: #faf1e1; --tint4: #e6f2f8; --tint5: #f7ecf0;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #10141a; --card: #1b222c; --ink: #e8edf3; --soft: #a3afbf; --line: #313c4a; --edge: #506075;
    --known: #4fd6c1; --anyone: #93a1b5; --focus: #82b1ff; --mark: #17322f;
    --tint0: #14251f; --tint1: #231c30; --tint2: #182135; --tint3: #292215; --tint4: #15272f; --tint5: #2b1d24;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 1.5rem clamp(1rem, 2.5vw, 2.25rem) 3rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0; color: var(--soft); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .25rem .75rem; background: var(--card); color: var(--focus); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }

.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .9rem 0; padding: 0; list-style: none; }
.legend li { display: flex; align-items: center; gap: .5rem; font-size: .875rem; }
.legend svg { flex: none; }

figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow-x: auto; }
#picture { display: block; width: 100%; height: auto; margin: 0 auto; }
#picture text, td { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
text { fill: var(--ink); }
.namespace text { font-weight: 600; fill: var(--soft); }
.tint0 rect { fill: var(--tint0); } .tint1 rect { fill: var(--tint1); } .tint2 rect { fill: var(--tint2); }
.tint3 rect { fill: var(--tint3); } .tint4 rect { fill: var(--tint4); } .tint5 rect { fill: var(--tint5); }
.node rect { fill: var(--card); stroke: var(--edge); stroke-width: 1.25; }
.node .ports { fill: var(--soft); }
.crowd rect { stroke-dasharray: 4 3; }
.outside rect { stroke-width: 2; }
.line { fill: none; }
.known .line { stroke: var(--known); stroke-width: 2; }
.anyone .line { stroke: var(--anyone); stroke-width: 1.4; stroke-dasharray: 5 4; }
.hit { fill: none; stroke: transparent; stroke-width: 10; pointer-events: stroke; }
marker.known path { fill: var(--known); }
marker.anyone path { fill: none; stroke: var(--anyone); stroke-width: 1.6; }

.node, .edge { transition: opacity .12s; }
.ready .node, .ready .edge { cursor: pointer; }
.lit .node:not(.on), .lit .edge:not(.on) { opacity: .07; }
.lit .node:not(.on) { opacity: .2; }
.edge.on .line { stroke-width: 2.8; }
.node.picked rect { stroke: var(--focus); stroke-width: 2.5; }
.node:focus { outline: none; }
.node:focus-visible rect { stroke: var(--focus); stroke-width: 3; }

.above { display: flex; flex-wrap: wrap; align-items: baseline; gap: .5rem 1rem; margin: 1.75rem 0 .75rem; }
.above label { margin-left: auto; font-size: .875rem; color: var(--soft); }
input {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: 8px;
  padding: .3rem .6rem; width: 15rem; max-width: 100%;
}
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .4rem .9rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover td { background: var(--mark); }
td { min-width: 4.5rem; }

#chosen {
  position: fixed; left: 0; right: 0; bottom: 0; max-height: 34vh; overflow: auto; z-index: 1;
  padding: .9rem clamp(1rem, 2.5vw, 2.25rem) 1.1rem; background: var(--card); border-top: 1px solid var(--edge);
  box-shadow: 0 -6px 24px rgb(0 0 0 / .18);
}
#chosen header { display: flex; align-items: baseline; gap: 1rem; margin-bottom: .4rem; }
#chosen button {
  margin-left: auto; font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--edge);
  border-radius: 8px; padding: .15rem .7rem; cursor: pointer;
}
.opened { scroll-padding: 1rem 1rem 36vh; }
.opened body { padding-bottom: 36vh; }
#chosen th, #chosen td { padding: .2rem .9rem .2rem 0; }

@media (max-width: 600px) { th, td { padding: .35rem .5rem; white-space: nowrap; } .above label { margin-left: 0; } }
@media (prefers-reduced-motion: reduce) { .node, .edge { transition: none; } }
@page { size: landscape; margin: 12mm; }
@media print {
  :root { --page: #fff; --soft: #444; --line: #bbb; --edge: #777; --anyone: #555; }
  body { padding: 0; }
  table { font-size: 8pt; }
  th, td { padding: .15rem .6rem; }
  figure, .scroll { overflow: visible; border-radius: 0; }
  figure { break-inside: avoid; }
  #picture { min-width: 0 !important; max-height: 140mm; }
  .skip, #chosen, .above label { display: none !important; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
