import { createHash } from 'node:crypto';
import { clipArticle, clipState, clipTitle, formatScore } from './clip-article.ts';
import { escapeHtml, fileUrl, formatClock } from './escape.ts';
import type { PageClip, PageData } from './page-data.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { sourceChart } from './source-chart.ts';

/**
 * Writes the page of one source: a whole HTML document that works from disk, asks no other host for anything, and runs
 * no code but its own (a content security policy with hashes says so to the browser). Pure.
 */
export function writePage(data: PageData): string {
  const chart = sourceChart(data);
  const style = pageStyle + chart.css;
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(pageScript)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src 'self' file:",
    "media-src 'self' file:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en" data-status="${data.status}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="PatternPivot">
<title>${escapeHtml(data.source.name)}: clips</title>
<style>${style}</style>
</head>
<body>
<header class="top"><h1 dir="auto">${escapeHtml(data.source.name)}</h1><p class="sum">${escapeHtml(summary(data))}</p>${keys(data)}</header>
${notes(data)}
${data.clips.length === 0 ? `<main>${emptyState(data)}</main>` : workArea(data)}
${chart.html}
<script>${pageScript}</script>
</body>
</html>
`;
}

/** How a content security policy names an inline script or style that it allows. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function summary({ source, clips, status }: PageData): string {
  const finished = clips.filter((clip) => clip.status === 'done').length;
  const bad = clips.filter((clip) => clipState(clip).kind === 'bad').length;
  const parts = source.durationMs > 0 ? [formatClock(source.durationMs)] : [];
  if (clips.length > 0) {
    parts.push(
      finished === clips.length
        ? `${clips.length} ${clips.length === 1 ? 'clip' : 'clips'}`
        : `${finished} of ${clips.length} clips finished`,
    );
    if (bad > 0) parts.push(`${bad} with a failed check`);
    else if (clips.every((clip) => clipState(clip).kind === 'good')) parts.push('all checks passed');
  }
  if (status === 'running') parts.push('still working');
  return parts.join(' · ');
}

function keys({ clips }: PageData): string {
  if (clips.length === 0) return '';
  return '<p class="keys"><span><kbd>j</kbd> next</span><span><kbd>k</kbd> previous</span><span><kbd>space</kbd> play</span></p>';
}

function notes({ notes: lines }: PageData): string {
  if (lines.length === 0) return '';
  return `<aside class="notes" aria-label="Notes"><ul>${lines.map((line) => `<li dir="auto">${escapeHtml(line)}</li>`).join('')}</ul></aside>`;
}

function emptyState({ status, reason }: PageData): string {
  if (status === 'skipped') {
    return `<div class="empty"><h2>No clips were made</h2><p dir="auto">${escapeHtml(reason ?? 'The source was skipped.')}</p><p class="quiet">Clips are cut where somebody speaks. A recording with clear English speech works best.</p></div>`;
  }
  if (status === 'running') {
    return '<div class="empty"><h2>Listening to the source</h2><p class="quiet">Clips appear here one by one as they are finished. The page looks again by itself.</p></div>';
  }
  return '<div class="empty"><h2>No clips were found</h2><p class="quiet">The notes above say why. Shorter clips (<code>--min</code>) or an exact time (<code>--at 12:30-13:05</code>) may help.</p></div>';
}

function workArea({ clips }: PageData): string {
  return `<main class="work">
<nav class="list" aria-label="Clips"><ol>${clips.map(listItem).join('')}</ol></nav>
<div class="clips">${clips.map((clip, index) => clipArticle(clip, index + 1)).join('\n')}</div>
</main>`;
}

function listItem(clip: PageClip, index: number): string {
  const { cover } = clip.files;
  const state = clipState(clip);
  const thumb =
    cover === undefined
      ? '<span class="thumb"></span>'
      : `<img class="thumb" src="${fileUrl(cover)}" alt="" loading="lazy">`;
  return `<li><a href="#clip-${index + 1}">${thumb}<span><b dir="auto">${index + 1}. ${escapeHtml(clipTitle(clip))}</b><small>${formatClock(clip.moment.startMs)} · score ${formatScore(clip.moment.score)}</small><small${state.kind === 'bad' ? ' class="bad"' : ''}>${state.word}</small></span></a></li>`;
}
