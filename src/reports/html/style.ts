/** The look of the HTML reports: one embedded sheet, no external resource, light and dark. */
export const COLORS = `:root{--bg:#fff;--fg:#16191f;--dim:#5f6b7a;--line:#e1e4ea;--card:#f7f8fa;--link:#0b5cad;
--critical:#7d2105;--high:#ba2e0f;--medium:#a56200;--low:#3a6ea5;--informational:#5f6b7a;--untriaged:#5f6b7a;--ok:#1d7324}
@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e4e7eb;--dim:#98a2b0;--line:#2c333d;--card:#1b2027;--link:#7ab7ff;
--critical:#ff8a6b;--high:#ff7a66;--medium:#f0b23a;--low:#7fb2ea;--informational:#98a2b0;--untriaged:#98a2b0;--ok:#6cce76}}`;

export const STYLE = `
${COLORS}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1240px;margin:0 auto;padding:28px 24px 80px}
h1{font-size:24px;margin:0 0 2px}h2{font-size:17px;margin:36px 0 10px}
p.sub{color:var(--dim);margin:0 0 18px}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
code,.mono{font:12.5px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:10px;margin:18px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.card b{display:block;font-size:24px;line-height:1.2}.card span{color:var(--dim);font-size:12.5px}
.banner{border:1px solid var(--medium);border-left-width:5px;border-radius:8px;padding:10px 14px;margin:14px 0;background:var(--card)}
.bar{display:flex;height:10px;border-radius:5px;overflow:hidden;background:var(--line)}
.bar i{display:block;height:100%}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:7px 10px;border-bottom:1px solid var(--line);vertical-align:top}td{overflow-wrap:anywhere}
th{font-size:12px;color:var(--dim);font-weight:600;position:sticky;top:0;background:var(--bg);white-space:nowrap}
td.num,.sev{white-space:nowrap}td.mono{min-width:90px}
td.num{text-align:right;font-variant-numeric:tabular-nums}
.hidden{display:none}tr.suppressed{opacity:.6}
.sev{display:inline-block;font-size:11.5px;font-weight:700;letter-spacing:.03em}
.CRITICAL{color:var(--critical)}.HIGH{color:var(--high)}.MEDIUM{color:var(--medium)}.LOW{color:var(--low)}
.INFORMATIONAL{color:var(--informational)}.UNTRIAGED{color:var(--untriaged)}
i.CRITICAL,i.HIGH,i.MEDIUM,i.LOW,i.INFORMATIONAL,i.UNTRIAGED{background:currentColor}
.tag{display:inline-block;border:1px solid var(--line);border-radius:9px;padding:0 7px;font-size:11.5px;margin:0 4px 2px 0;color:var(--dim)}
.tag.hot{color:var(--high);border-color:var(--high)}
details>summary{cursor:pointer;list-style:none}details>summary::-webkit-details-marker{display:none}
details>summary::before{content:"▸";color:var(--dim);margin-right:6px}details[open]>summary::before{content:"▾"}
dl{display:grid;grid-template-columns:110px 1fr;gap:3px 12px;margin:8px 0 6px}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.tools{display:flex;gap:10px;flex-wrap:wrap;align-items:center;margin:8px 0 12px}
input[type=search]{flex:1;min-width:220px;padding:7px 11px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--fg);font:inherit}
.tools label{font-size:13px;white-space:nowrap}
.scroll{overflow-x:auto}
footer{margin-top:48px;color:var(--dim);font-size:12.5px}
@media print{.tools{display:none}tr.hidden{display:table-row}tbody.hidden{display:table-row-group}th{position:static}}
`;

/** Filtering without a framework: text and severity, on rows the page already holds. */
export const SCRIPT = `
(function(){var q=document.getElementById('q'),boxes=[].slice.call(document.querySelectorAll('[data-sev-box]')),sup=document.getElementById('sup');
if(!q)return;var rows=[].slice.call(document.querySelectorAll('[data-row]'));var n=document.getElementById('n');
function go(){var t=q.value.trim().toLowerCase().split(/\\s+/),on={},shown=0;boxes.forEach(function(b){on[b.value]=b.checked});
rows.forEach(function(r){var ok=on[r.dataset.sev]!==false&&(r.dataset.sup!=='1'||!sup||sup.checked);
if(ok)for(var i=0;i<t.length;i++)if(t[i]&&r.dataset.row.indexOf(t[i])<0){ok=false;break}
r.classList.toggle('hidden',!ok);if(ok)shown++});n.textContent=shown+' of '+rows.length+' rows'}
q.addEventListener('input',go);boxes.concat(sup||[]).forEach(function(b){b.addEventListener('change',go)});go()})();
`;
