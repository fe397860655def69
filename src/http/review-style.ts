import { baseStyle } from '../stages/page/page-style.ts';

/** The look of the review page: the film is the hero, what can be done lies under it. The same on a phone, one below the other. */
export const reviewStyle = `${baseStyle}
:root{--good:#1d7a46;--good-tint:#1d7a461f}
@media (prefers-color-scheme:dark){:root{--good:#6fd69a;--good-tint:#6fd69a24}}
button{font:inherit;font-size:13px;line-height:24px;padding:3px 12px;border-radius:8px;border:1px solid var(--line);background:var(--panel);color:var(--text);cursor:pointer;transition:background .1s,border-color .1s;display:inline-flex;align-items:center;gap:8px;justify-content:center}
button:hover:not(:disabled){background:var(--raised)}
button:disabled{cursor:default;opacity:.5}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:600}
button.primary:hover:not(:disabled){background:color-mix(in srgb,var(--accent) 88%,var(--text))}
button.primary kbd{background:transparent;color:inherit;border-color:color-mix(in srgb,currentColor 45%,transparent)}
button.ghost{border-color:transparent;background:transparent;color:var(--quiet)}
.small{font-size:13px;line-height:20px}
.top{position:relative;display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;padding:8px 16px 8px 24px;border-bottom:1px solid var(--line);background:var(--panel);min-height:49px}
.top h1{min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:0 1 auto}
.top .sum{color:var(--quiet);font-size:13px;flex:1 1 auto;white-space:nowrap}
.tools{display:flex;gap:4px;align-items:center}
.tools .render{margin-left:8px}
.top.busy::after{content:"";position:absolute;left:0;bottom:-2px;height:3px;width:100%;background:var(--accent);transform-origin:left;transform:scaleX(var(--share,0));transition:transform .14s}
.work{display:grid;grid-template-columns:264px minmax(0,1fr) 424px;min-height:0}
.list{border-right:1px solid var(--line);background:var(--panel);overflow:auto;padding:8px}
.row{width:100%;display:grid;grid-template-columns:48px minmax(0,1fr);gap:12px;padding:8px;border:0;border-radius:8px;text-align:left;align-items:center;background:transparent}
.row[aria-current]{background:var(--tint)!important}
.thumb{position:relative;width:48px;height:80px;border-radius:4px;background:linear-gradient(160deg,var(--raised),var(--line));overflow:hidden;display:block}
.thumb img{width:100%;height:100%;object-fit:cover;display:block}
.mark{position:absolute;right:4px;bottom:4px;width:20px;height:20px;border-radius:50%;display:grid;place-items:center;font-style:normal;font-size:12px;line-height:1;font-weight:700;color:var(--panel);background:var(--good)}
.mark.rejected{background:var(--quiet)}
.row.rejected img{filter:grayscale(1);opacity:.45}
.row.rejected b{color:var(--quiet);text-decoration:line-through;text-decoration-thickness:1px}
.about{min-width:0}
.about b{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;font-weight:600;font-size:14px;line-height:20px}
.about small{display:block;font-size:13px;line-height:20px;color:var(--quiet)}
.about .kept{color:var(--good)}
.stage{background:var(--stage);min-height:0;min-width:0;padding:16px 16px 88px;display:grid;place-items:center;grid-template-rows:minmax(0,1fr)}
.frame{position:relative;height:100%;max-width:100%;min-height:0;display:grid;place-items:center}
.frame video{height:100%;max-width:100%;width:auto;border-radius:8px;background:#000;display:block;min-height:0;transition:opacity .1s}
.frame[data-film=waiting] video,.frame[data-film=failed] video{aspect-ratio:9/16}
.frame.rejected video{opacity:.4}
.veil{position:absolute;inset:0;display:none;place-content:center;justify-items:center;gap:12px;padding:24px;text-align:center;color:#d8d8e0;border-radius:8px}
.frame[data-film=waiting] .veil{display:grid;background:linear-gradient(160deg,#1c1c21d9,#2b2b33d9 50%,#1c1c21d9)}
.frame[data-film=failed] .veil{display:grid;background:#1c1c21e6}
.frame[data-film=old] .veil{display:grid;inset:12px 12px auto;place-content:stretch;grid-template-columns:minmax(0,1fr);padding:8px 12px;gap:6px;background:#16161be6;font-size:13px;line-height:20px}
.bar{display:block;width:160px;max-width:100%;height:4px;border-radius:2px;background:#ffffff2e;overflow:hidden}
.frame[data-film=old] .bar{width:100%}
.bar i{display:block;height:100%;background:#aab2ff;transform-origin:left;transform:scaleX(var(--share,0));transition:transform .14s}
.bar.waits{visibility:hidden}
.actions{position:fixed;z-index:2;left:264px;right:424px;bottom:0;height:88px;display:flex;gap:12px;justify-content:center;align-items:center;pointer-events:none}
.actions button{pointer-events:auto;min-width:136px;padding:11px 16px;font-size:15px;font-weight:600;border-color:#34343d;background:#1d1d22;color:#f0f0f5}
.actions button:hover{background:#2a2a31!important}
.actions kbd{background:transparent;border-color:#4a4a55;color:#b4b4c0}
.actions .keep[aria-pressed=true]{background:#1f8a50!important;border-color:#1f8a50;color:#fff}
.actions .reject[aria-pressed=true]{background:#b3382f!important;border-color:#b3382f;color:#fff}
.actions [aria-pressed=true] kbd{color:#fff;border-color:#ffffff80}
.details{padding:24px;overflow:auto;min-height:0;background:var(--panel);border-left:1px solid var(--line)}
.details header{margin-bottom:16px}
.details section{padding:16px 0;border-top:1px solid var(--line)}
.row-head{display:flex;align-items:baseline;justify-content:space-between;gap:16px}
.problem{color:var(--bad);background:var(--bad-tint);border-radius:8px;padding:8px 12px;margin-bottom:16px;font-size:14px;line-height:20px}
.wave{position:relative;height:72px;margin-top:8px;border-radius:8px;background:var(--back);overflow:hidden}
.wave svg{width:100%;height:100%;display:block}
.wave path{fill:none;stroke-width:1.7}
.wave .in{stroke:var(--accent)}
.wave .out{stroke:var(--wave);opacity:.6}
.wave .range{fill:var(--tint)}
.wave .head{position:absolute;top:0;bottom:0;width:2px;margin-left:-1px;background:var(--text);pointer-events:none}
.ends{display:flex;justify-content:space-between;gap:8px;margin-top:8px}
.end{display:flex;align-items:center;gap:4px}
.end button{gap:6px;padding:3px 8px}
.time{min-width:64px;text-align:center;font-size:13px}
.words{margin-top:8px;line-height:32px}
.word{font:inherit;line-height:24px;display:inline;padding:1px 3px;margin:0 -4px;border:1px solid transparent;border-radius:4px;background:transparent;text-align:start}
.word:hover{border-color:var(--line)}
.word.before,.word.after{color:var(--quiet);opacity:.72}
.word.uncertain{text-decoration:underline dotted var(--quiet) 1px;text-underline-offset:5px}
.word.spoken{background:var(--tint);color:var(--accent)}
.cut{display:inline-flex;line-height:16px;padding:0 6px;gap:4px;font-size:12px;color:var(--quiet);border-style:dashed;border-radius:4px;vertical-align:1px}
.writing{display:inline-flex;flex-wrap:wrap;align-items:center;gap:4px 12px;padding:4px 8px;margin:2px 0;border-radius:8px;background:var(--back);border:1px solid var(--accent);vertical-align:middle;max-width:100%}
.writing input[type=text]{font:inherit;line-height:24px;padding:1px 6px;border:0;border-radius:4px;background:var(--panel);color:var(--text);min-width:0;max-width:100%;outline:0}
.hint{display:inline-flex;flex-wrap:wrap;gap:4px 12px;font-size:13px;line-height:20px}
.hint label{cursor:pointer;display:inline-flex;gap:6px;align-items:center}
.hint input{accent-color:var(--accent);margin:0}
.score{color:var(--quiet);font-size:13px;white-space:nowrap}
.score b{font-size:20px;line-height:28px;color:var(--accent);font-weight:650}
.reasons{margin-top:8px;font-size:14px;line-height:20px}
.reasons li{display:grid;grid-template-columns:32px minmax(0,1fr);gap:8px;padding:4px 0}
.points{text-align:right;font-weight:600;color:var(--accent)}
.minus .points{color:var(--quiet)}
.help{position:fixed;z-index:3;right:24px;bottom:24px;width:344px;max-width:calc(100vw - 32px);padding:16px 24px 24px;border-radius:12px;border:1px solid var(--line);background:var(--panel);box-shadow:0 8px 32px #0000003d}
.help h2{font-size:15px;line-height:24px;margin-bottom:8px}
.help dl{margin:0;display:grid;grid-template-columns:72px minmax(0,1fr);gap:8px 16px;font-size:14px;line-height:20px}
.help dt{display:flex;gap:4px;align-items:flex-start}
.help dd{margin:0}
.toast{position:fixed;z-index:4;left:16px;bottom:16px;transform:translateY(8px);width:max-content;max-width:min(560px,calc(100vw - 32px));padding:8px 16px;border-radius:8px;background:var(--text);color:var(--panel);font-size:14px;line-height:20px;opacity:0;pointer-events:none;transition:opacity .12s,transform .12s}
.toast.shown{opacity:1;transform:none}
.toast.bad{background:var(--bad);color:var(--panel)}
.skeleton{border-radius:8px;background:linear-gradient(160deg,var(--raised),var(--line) 50%,var(--raised))}
.skeleton.rows{height:96px}
.stage .placeholder.skeleton{aspect-ratio:9/16;height:100%;background:linear-gradient(160deg,#1c1c21,#2b2b33 50%,#1c1c21)}
.empty{max-width:56ch;margin:12vh auto;padding:24px;text-align:center;grid-column:1/-1}
.empty h2{margin-bottom:8px}
.ended .tools,.ended .sum{visibility:hidden}
@media (min-width:1024px){html,body{height:100%}body{display:flex;flex-direction:column}.work{flex:1 1 0}body>header{flex:none}}
@media (max-width:1279px) and (min-width:1024px){.work{grid-template-columns:216px minmax(0,1fr) 360px}.actions{left:216px;right:360px}.actions button{min-width:0}}
@media (max-width:1023px){
.top{padding:8px 16px}.top h1{flex:1 1 0}.top .sum{flex:1 1 100%;order:3;line-height:16px;padding-bottom:4px}.help-button{display:none}.tools .ghost{padding-left:8px;padding-right:8px}
.top{position:sticky;top:0;z-index:2}
body{padding-bottom:88px}
.work{display:block}
.list{border:0;border-bottom:1px solid var(--line);overflow-x:auto;scrollbar-width:thin}
.list ol{display:flex;gap:4px}
.list li{flex:0 0 216px}
.stage{padding:8px;display:block}
.frame{height:60vh;max-height:640px}
.details{border:0;padding:16px;overflow:visible}
.actions{left:0;right:0;height:auto;padding:12px 16px calc(12px + env(safe-area-inset-bottom));gap:8px;background:var(--panel);border-top:1px solid var(--line);pointer-events:auto}
.actions button{flex:1 1 auto;min-width:0;padding:11px 8px;white-space:nowrap;background:var(--panel);border-color:var(--line);color:var(--text)}
.actions button:hover{background:var(--raised)!important}
.actions kbd{border-color:var(--line);color:var(--quiet)}
.end button{padding:9px 12px}
.help{bottom:96px;right:16px}
.toast{bottom:96px}
}
@media (max-width:480px){.end kbd{display:none}.end button{padding:9px 14px}.time{min-width:52px}.actions kbd,.top kbd{display:none}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
`;
