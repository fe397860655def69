import type { Reason } from '../../domain/moment.ts';
import type { CheckReport, Finding } from '../../domain/rendition.ts';
import { escapeHtml, fileUrl, formatClock } from './escape.ts';
import type { PageClip } from './page-data.ts';

/** The title that a clip goes by: the post's, else the moment's. */
export function clipTitle(clip: PageClip): string {
  return clip.post?.title ?? clip.moment.title;
}

/** A score of 0 to 1 as people read it: 0 to 100. */
export function formatScore(score: number): string {
  return String(Math.round(score * 100));
}

/** One word on how a clip stands. */
export function clipState(clip: PageClip): { word: string; kind: 'good' | 'bad' | 'busy' } {
  switch (clip.status) {
    case 'waiting':
      return { word: 'waiting', kind: 'busy' };
    case 'rendering':
      return { word: 'rendering', kind: 'busy' };
    case 'checking':
      return { word: 'being checked', kind: 'busy' };
    case 'failed':
      return { word: 'failed', kind: 'bad' };
    case 'done':
      if (clip.check === undefined) return { word: 'not checked', kind: 'busy' };
      return clip.check.status === 'passed'
        ? { word: 'passed', kind: 'good' }
        : { word: 'check failed', kind: 'bad' };
  }
}

/** One clip with everything that is known of it. `number` counts from 1. */
export function clipArticle(clip: PageClip, number: number): string {
  const { moment } = clip;
  const title = escapeHtml(clipTitle(clip));
  const seconds = Math.round((clip.playingMs ?? moment.endMs - moment.startMs) / 1000);
  return `<article id="clip-${number}" class="clip" aria-label="Clip ${number}: ${title}">
<div class="stage">${player(clip, number)}</div>
<div class="details">
<header><p class="meta">Clip ${number} · ${seconds} s · ${formatClock(moment.startMs)} to ${formatClock(moment.endMs)} in the source</p>
<h2 dir="auto">${title}</h2></header>
${clip.problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(clip.problem)}</p>`}
${scoreSection(clip)}
${checkSection(clip)}
${postSection(clip, number)}
${filesSection(clip)}
</div>
</article>`;
}

function player(clip: PageClip, number: number): string {
  const { video, cover } = clip.files;
  if (video !== undefined) {
    const poster = cover === undefined ? '' : ` poster="${fileUrl(cover)}"`;
    return `<video controls playsinline preload="none"${poster} src="${fileUrl(video)}" aria-label="Clip ${number}"></video>`;
  }
  const words =
    clip.status === 'failed'
      ? 'There is no video: see why beside.'
      : 'This clip is still being made. The page shows it when it is there.';
  return `<div class="placeholder${clip.status === 'failed' ? '' : ' skeleton'}"><p>${words}</p></div>`;
}

function scoreSection({ moment, post }: PageClip): string {
  const reasons = moment.reasons
    .filter((reason) => Math.abs(reason.contribution) >= 0.005)
    .toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const largest = Math.max(0.01, ...reasons.map((reason) => Math.abs(reason.contribution)));
  const why = post?.why ?? '';
  return `<section><div class="score"><h3>Why this moment</h3><p><b>${formatScore(moment.score)}</b> of 100</p></div>
${why === '' ? '' : `<p dir="auto">${escapeHtml(why)}</p>`}
${reasons.length === 0 ? '<p class="quiet">No reasons were recorded.</p>' : `<ul class="reasons">${reasons.map((reason) => reasonItem(reason, largest)).join('')}</ul>`}
</section>`;
}

function reasonItem(reason: Reason, largest: number): string {
  const points = Math.round(reason.contribution * 100);
  const width = Math.max(2, Math.round((Math.abs(reason.contribution) / largest) * 64));
  const sign = points > 0 ? '+' : points < 0 ? '−' : '±';
  return `<li><svg class="${reason.contribution < 0 ? 'minus' : 'plus'}" width="64" height="8" aria-hidden="true"><rect class="track" width="64" height="8" rx="2"/><rect class="bar" width="${width}" height="8" rx="2"/></svg><span class="points">${sign}${Math.abs(points)}</span><span dir="auto">${escapeHtml(reason.text)}</span></li>`;
}

function checkSection({ check, status }: PageClip): string {
  if (check === undefined) {
    const words =
      status === 'done'
        ? 'This clip was not checked.'
        : 'The finished file is measured here once it is there.';
    return `<section><h3>Checks</h3><p class="quiet">${words}</p></section>`;
  }
  return `<section><h3>${checkHeading(check)}</h3><ul class="checks">${check.findings.map(findingItem).join('')}</ul></section>`;
}

function checkHeading({ findings }: CheckReport): string {
  const failed = findings.filter((finding) => finding.status === 'failed').length;
  const passed = findings.filter((finding) => finding.status === 'passed').length;
  return failed > 0
    ? `Checks: <span class="bad">${failed} failed</span>, ${passed} passed`
    : `Checks: all ${passed} passed`;
}

const findingMarks: Readonly<Record<Finding['status'], string>> = { passed: '✓', failed: '✕', skipped: '–' };

function findingItem(finding: Finding): string {
  return `<li class="${finding.status}"><span role="img" aria-label="${finding.status}">${findingMarks[finding.status]}</span><span dir="auto">${escapeHtml(finding.text)}</span></li>`;
}

function postSection({ post }: PageClip, number: number): string {
  if (post === undefined) return '';
  const tags = post.tags.map((tag) => `#${tag.replace(/[\s#]+/gu, '')}`).join(' ');
  const text = [post.title, post.description, tags].filter((part) => part !== '').join('\n\n');
  return `<section><div class="row"><h3>Post</h3><button type="button" class="copy" data-copy="post-${number}" hidden>Copy <kbd>c</kbd></button></div>
<p class="post" id="post-${number}" dir="auto">${escapeHtml(text)}</p></section>`;
}

function filesSection({ files }: PageClip): string {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['Video', files.video],
    ['Cover', files.cover],
    ['Timeline', files.timeline],
    ['SRT', files.srt],
    ['VTT', files.vtt],
    ['Post', files.post],
  ];
  const links = named
    .filter((entry): entry is readonly [string, string] => entry[1] !== undefined)
    .map(([label, name]) => `<a href="${fileUrl(name)}" title="${escapeHtml(name)}">${label}</a>`);
  return links.length === 0 ? '' : `<section><h3>Files</h3><p class="files">${links.join('')}</p></section>`;
}
