"""Style sheet and script of the page. Both are inline: the page needs nothing else."""

from __future__ import annotations

__all__ = ["SCRIPT", "STYLE"]

STYLE = """
:root{color-scheme:light dark;--paper:#fbfbf9;--panel:#fff;--ink:#1d2025;--soft:#5c636d;--line:#dddfdd;--head:#f1f2ef;
--good:#17663a;--good-bg:#e3f3e8;--bad:#a3231c;--bad-bg:#fbe7e4;--idle:#4b5563;--idle-bg:#eceef0;--link:#1d55a8}
@media (prefers-color-scheme:dark){:root{--paper:#14161a;--panel:#1b1e24;--ink:#e6e8eb;--soft:#a0a7b1;--line:#31363f;
--head:#22262d;--good:#7fd6a0;--good-bg:#17301f;--bad:#ff9d92;--bad-bg:#3a1c1a;--idle:#b6bdc7;--idle-bg:#2a2f37;
--link:#8ab8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif}
main{max-width:78rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem}
h3{font-size:1rem;margin:1.75rem 0 .5rem}
p{margin:.25rem 0 .75rem;max-width:48rem}
a{color:var(--link)}
.soft,figcaption{color:var(--soft)}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em;overflow-wrap:anywhere}
dl{display:flex;flex-wrap:wrap;gap:1px;
margin:1.25rem 0;background:var(--panel);
border:1px solid var(--line);border-radius:.5rem;overflow:hidden}
dl>div{flex:1 1 11rem;box-shadow:0 0 0 1px var(--line);padding:.6rem .8rem;min-width:0}
dt{font-size:.8125rem;color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
dl>div.wide{flex:3 1 22rem}
dd.large{font-size:1.375rem;font-variant-numeric:tabular-nums}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:1rem}
.views{grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr))}
figure{margin:0;min-width:0}
figure img{display:block;width:100%;height:auto;border-radius:.375rem;background:#16181d}
figcaption{font-size:.875rem;padding:.35rem 0 0}
figcaption b{color:var(--ink);font-weight:600}
.legend{display:flex;flex-wrap:wrap;gap:.1rem .8rem;padding-top:.25rem}
.key{white-space:nowrap}
.key i{display:inline-block;width:.8em;height:.8em;margin-right:.35em;border-radius:.15em;vertical-align:-.05em;
border:1px solid var(--line)}
.strip{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(6.5rem,1fr);gap:.375rem;overflow-x:auto;
padding-bottom:.5rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;background:var(--panel)}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{padding:.45rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child td{border-bottom:0}
thead th{background:var(--head);white-space:nowrap;vertical-align:bottom}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.t{white-space:nowrap}
td.f{min-width:14rem}
th small{display:block;font-weight:400;color:var(--soft)}
th button{all:unset;cursor:pointer;display:block;width:100%}
th button:hover{text-decoration:underline}
th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
th[aria-sort=ascending] button::after{content:" \\25b2"}
th[aria-sort=descending] button::after{content:" \\25bc"}
.mark{display:inline-block;padding:0 .5em;border-radius:1em;white-space:nowrap;font-size:.8125rem;font-weight:600}
.pass{color:var(--good);background:var(--good-bg)}
.fail{color:var(--bad);background:var(--bad-bg)}
.idle{color:var(--idle);background:var(--idle-bg)}
pre{margin:0;padding:.8rem 1rem;overflow-x:auto;white-space:pre;tab-size:4}
@media print{.strip{overflow:visible}}
""".strip()

SCRIPT = """
for(const table of document.querySelectorAll("table[data-sort]")){
const heads=[...table.tHead.rows[0].cells];
heads.forEach((head,column)=>{
const button=document.createElement("button");
button.append(...head.childNodes);head.append(button);
button.addEventListener("click",()=>{
const up=head.getAttribute("aria-sort")!=="ascending";
heads.forEach(h=>h.removeAttribute("aria-sort"));
head.setAttribute("aria-sort",up?"ascending":"descending");
const key=row=>row.cells[column].dataset.v??row.cells[column].textContent;
const rows=[...table.tBodies[0].rows].map(row=>[key(row),row]);
rows.sort(([a],[b])=>{
const x=a===""?NaN:Number(a),y=b===""?NaN:Number(b);
if(Number.isNaN(x)!==Number.isNaN(y))return Number.isNaN(x)?1:-1;
const order=Number.isNaN(x)?(a<b?-1:a>b?1:0):x-y;
return up?order:-order});
table.tBodies[0].append(...rows.map(([,row])=>row));
})})}
""".strip()
