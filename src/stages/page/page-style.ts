/** What all pages share: one system typeface, an 8 px grid, neutral colours and one accent; light and dark differ by variables only. */
export const baseStyle = `
:root{color-scheme:light dark;--back:#f6f6f7;--panel:#fff;--raised:#ededf0;--line:#dddde2;--text:#17171c;--quiet:#5b5b66;--accent:#4650d8;--on-accent:#fff;--tint:#4650d81f;--wave:#a2a2ae;--bad:#b3261e;--bad-tint:#b3261e14;--stage:#0b0b0e}
@media (prefers-color-scheme:dark){:root{--back:#101013;--panel:#18181c;--raised:#242429;--line:#2f2f36;--text:#ececf1;--quiet:#a1a1ad;--accent:#98a2ff;--on-accent:#101013;--tint:#98a2ff26;--wave:#5c5c69;--bad:#ff9a90;--bad-tint:#ff9a901f;--stage:#000}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{font:15px/24px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--back);color:var(--text);overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol{margin:0;padding:0}
ul,ol{list-style:none}
h1{font-size:15px;line-height:24px;font-weight:600}
h2{font-size:20px;line-height:28px;font-weight:650;letter-spacing:-.01em}
h3{font-size:13px;line-height:24px;font-weight:600}
a{color:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.quiet,.meta{color:var(--quiet)}
.meta{font-size:13px}
.bad{color:var(--bad)}
kbd{font:inherit;font-size:12px;line-height:16px;padding:0 5px;border:1px solid var(--line);border-radius:4px;background:var(--panel);color:var(--quiet)}
`;

/** The look of the page of one source. */
export const pageStyle = `${baseStyle}.top{display:flex;flex-wrap:wrap;gap:0 16px;align-items:center;padding:12px 24px;border-bottom:1px solid var(--line);background:var(--panel)}
.top h1{min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:0 1 auto}
.top .sum{color:var(--quiet);font-size:13px;flex:1 1 auto}
.keys{display:flex;gap:16px;font-size:13px;color:var(--quiet)}
.notes{padding:8px 24px;border-bottom:1px solid var(--line);background:var(--panel);font-size:13px;color:var(--quiet)}
.notes ul{max-width:100ch}
.empty{max-width:56ch;margin:12vh auto;padding:24px;text-align:center}
.empty h2{margin-bottom:8px}
.empty p+p{margin-top:16px}
.work{display:grid;grid-template-columns:264px minmax(0,1fr);min-height:0}
.list{border-right:1px solid var(--line);background:var(--panel);overflow:auto;padding:8px}
.list a{display:grid;grid-template-columns:48px minmax(0,1fr);gap:12px;padding:8px;border-radius:8px;text-decoration:none;transition:background .1s}
.list a:hover{background:var(--raised)}
.list a[aria-current]{background:var(--tint)}
.thumb{width:48px;height:80px;border-radius:4px;object-fit:cover;background:var(--raised);display:block}
.list b{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;font-weight:600;font-size:14px;line-height:20px}
.list small{display:block;font-size:13px;line-height:20px;color:var(--quiet)}
.list .bad{color:var(--bad)}
.clip{display:grid;grid-template-columns:minmax(0,1fr) 424px;min-height:0}
.stage{background:var(--stage);display:grid;place-items:center;min-height:0;min-width:0;padding:16px}
.stage video{max-width:100%;max-height:100%;width:auto;height:100%;border-radius:8px;background:#000;display:block;min-height:0}
.placeholder{aspect-ratio:9/16;height:100%;max-width:100%;border-radius:8px;background:#222228;color:#c9c9d2;display:grid;place-items:center;padding:24px;text-align:center}
.skeleton{background:linear-gradient(160deg,#1c1c21,#2b2b33 50%,#1c1c21)}
.details{padding:24px;overflow:auto;min-height:0;background:var(--panel);border-left:1px solid var(--line)}
.details header{margin-bottom:16px}
.details section{padding:16px 0;border-top:1px solid var(--line)}
.score,.row{display:flex;align-items:baseline;justify-content:space-between;gap:16px}
.score p{color:var(--quiet);font-size:13px;white-space:nowrap}
.score b{font-size:20px;line-height:28px;color:var(--accent);font-weight:650}
.reasons{margin-top:8px;font-size:14px;line-height:20px}
.reasons li{display:grid;grid-template-columns:64px 32px minmax(0,1fr);gap:8px;padding:4px 0}
.reasons svg{margin-top:6px;display:block}
.track{fill:var(--raised)}
.plus .bar{fill:var(--accent)}
.minus .bar{fill:var(--quiet)}
.points{text-align:right;color:var(--quiet)}
.checks{margin-top:4px;font-size:14px;line-height:20px}
.checks li{display:grid;grid-template-columns:16px minmax(0,1fr);gap:8px;padding:4px 0}
.checks .passed>:first-child{color:var(--accent)}
.checks .skipped{color:var(--quiet)}
.checks .failed{color:var(--bad);background:var(--bad-tint);border-radius:4px;margin:0 -8px;padding:4px 8px}
.problem{color:var(--bad);background:var(--bad-tint);border-radius:8px;padding:8px 12px;margin-bottom:16px}
.post{white-space:pre-wrap;margin-top:8px;padding:12px;border-radius:8px;background:var(--back);font-size:14px;line-height:20px}
button{font:inherit;font-size:13px;line-height:24px;padding:3px 12px;border-radius:8px;border:1px solid var(--line);background:var(--panel);color:var(--text);cursor:pointer;transition:background .1s}
button:hover{background:var(--raised)}
.files{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
.files a{font-size:13px;padding:3px 12px;border:1px solid var(--line);border-radius:8px;text-decoration:none}
.files a:hover{background:var(--raised)}
.source{padding:12px 24px 16px;background:var(--panel);border-top:1px solid var(--line)}
.lane-names{display:flex;flex-wrap:wrap;gap:0 24px;align-items:baseline;margin-bottom:8px}
.lane-names h2{font-size:13px;line-height:24px;letter-spacing:0;font-weight:600;flex:1 1 auto}
.lane-name{font-size:12px;line-height:16px;color:var(--quiet)}
.lane-name::before{content:"";display:inline-block;width:12px;height:2px;margin-right:6px;vertical-align:middle;background:var(--wave)}
.lane-name+.lane-name::before{background:var(--accent)}
.strip{position:relative;border-radius:8px;background:var(--back);overflow:hidden}
.strip svg{display:block;width:100%}
.wave{height:64px}
.wave path{stroke:var(--wave);stroke-width:1.3;fill:none}
.interest{height:40px}
.interest .line{fill:none;stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.interest .area{fill:var(--tint)}
.moments{position:absolute;inset:0}
.moment{position:absolute;top:0;bottom:0;min-width:24px;background:var(--tint);border-left:2px solid var(--accent);text-decoration:none;transition:background .1s}
.moment span{position:absolute;top:4px;left:4px;min-width:20px;padding:0 4px;font-size:12px;line-height:20px;text-align:center;font-weight:600;border-radius:4px;background:var(--panel);color:var(--text)}
.moment[aria-current] span{background:var(--accent);color:var(--on-accent)}
.moment:hover,.moment[aria-current]{box-shadow:inset 0 0 0 2px var(--accent)}
.playhead{position:absolute;top:0;bottom:0;width:2px;margin-left:-1px;background:var(--text);pointer-events:none}
.axis{position:relative;height:16px;margin-top:4px;font-size:12px;line-height:16px;color:var(--quiet)}
.axis span{position:absolute;transform:translateX(-50%)}
.axis span:first-child{transform:none}
.axis .end{right:0;transform:none}
@media (min-width:1024px) and (min-height:600px){html,body{height:100%}body{display:flex;flex-direction:column}.work{flex:1 1 0}.clips{min-height:0;height:100%}.js .clip{height:100%}body>*{flex:none}}
@media (min-width:1024px){.clips{min-width:0}html:not(.js) .clip{height:80vh}}
@media (max-width:1279px) and (min-width:1024px){.clip{grid-template-columns:minmax(0,1fr) 360px}.work{grid-template-columns:216px minmax(0,1fr)}}
@media (max-width:1023px){.keys{display:none}.top,.notes{padding-left:16px;padding-right:16px}.work{display:block}.list{border:0;border-bottom:1px solid var(--line);padding:8px}.list ol{display:flex;gap:4px;overflow-x:auto}.list li{flex:0 0 232px}.clip{display:block}.stage{padding:8px}.stage video,.placeholder{height:72vh;max-height:720px;margin:auto}.details{border:0;padding:16px;overflow:visible}.source{padding:12px 16px}.axis span:nth-child(even):not(.end){display:none}button,.files a{padding-top:7px;padding-bottom:7px}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
@media print{.keys,button{display:none}}
`;
