import type { FileCue } from './caption-files-cues.ts';

/** A part of a cue's text, decoded, its lines apart by `\n`, and who says it where the file tells. */
export type VoicedText = { readonly text: string; readonly speaker: string | undefined };

/** Longer names are cut: in UTF-16 units, as much as a word of a transcript takes. */
const maxNameChars = 100;

/** The voice tag of WebVTT, with classes and a name, or its end (https://www.w3.org/TR/webvtt1/#webvtt-cue-voice-span). */
const voiceTag = /<v(?:\.[^\s<>]*)?[ \t\n]+([^<>]+)>|<\/v>/giu;

const nameWord = String.raw`\p{Lu}[\p{L}\p{M}\d.'’-]{0,30}`;

/** How a line begins that another speaker says: a dash or `>>`, a name and a colon, or both. */
const lineStart = new RegExp(
  String.raw`^[^\S\n]*(?:([-–—][^\S\n]+|>{2,}[^\S\n]*))?(?:(${nameWord}(?: (?:${nameWord}|\d{1,3})){0,3}|speaker \d{1,2}):(?=\s))?`,
  'gmu',
);

/** In a file without `>>`, so many of its cues are to begin with a name, or nobody knows how far one reaches. */
const leastLabelledShare = 0.1;

/** What tells the speakers of a file apart. */
type SpeakerStyle =
  | { readonly kind: 'none' }
  | { readonly kind: 'voices' }
  | { readonly kind: 'labels'; readonly names: ReadonlySet<string> };

/**
 * Reads who says what in the cues of a file, one after the other. Voice tags (`<v Ada>`) hold within their cue. `ADA:` and `>> Ada:` hold until
 * another takes over, and count only where the whole file is written so: two names that come back, and either `>>` before them or a first cue
 * with a name and a tenth of all. Captions for the deaf name only those who are not seen, which says nothing of the next line. `decode` takes
 * tags out of a line and puts characters in the place of entities.
 */
export function createSpeakerReader(
  cues: readonly FileCue[],
  decode: (line: string) => string,
): (lines: readonly string[]) => VoicedText[] {
  const style = findStyle(cues, decode);
  let speaker: string | undefined;
  return (lines) => {
    if (style.kind === 'voices') return splitAtVoices(lines.join('\n'), decode);
    const text = lines.map(decode).join('\n');
    if (style.kind === 'none') return [{ text, speaker: undefined }];
    const { parts, last } = splitAtLabels(text, style.names, speaker);
    speaker = last;
    return parts;
  };
}

/** A name as a person would read it: on one line, without what a terminal obeys, and not long. Undefined where nothing is left. */
export function cleanSpeakerName(name: string): string | undefined {
  const plain = name
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, maxNameChars)
    .toWellFormed()
    .trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : undefined;
}

function findStyle(cues: readonly FileCue[], decode: (line: string) => string): SpeakerStyle {
  if (cues.some(({ lines }) => lines.some((line) => /<v[. \t]/iu.test(line)))) return { kind: 'voices' };
  const spoken = cues.filter(({ lines }) => lines.some((line) => /[\p{L}\p{N}]/u.test(line)));
  const counts = new Map<string, number>();
  let arrows = 0;
  let labelled = 0;
  let isFirstLabelled = false;
  for (const [index, { lines }] of spoken.entries()) {
    let has = false;
    for (const [, before = '', label] of lines.map(decode).join('\n').matchAll(lineStart)) {
      const name = label === undefined ? undefined : cleanSpeakerName(label);
      if (name === undefined) continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (before.startsWith('>')) arrows += 1;
      has = true;
    }
    if (!has) continue;
    labelled += 1;
    if (index === 0) isFirstLabelled = true;
  }
  const names = new Set([...counts].flatMap(([name, count]) => (count > 1 ? [name] : [])));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const areArrows = arrows > 0 && arrows * 2 >= total;
  const isThroughout = isFirstLabelled && labelled >= spoken.length * leastLabelledShare;
  return names.size > 1 && (areArrows || isThroughout) ? { kind: 'labels', names } : { kind: 'none' };
}

function splitAtVoices(text: string, decode: (line: string) => string): VoicedText[] {
  const parts: VoicedText[] = [];
  let from = 0;
  let speaker: string | undefined;
  const push = (to: number) => {
    const said = text.slice(from, to).split('\n').map(decode).join('\n');
    if (said.trim() !== '') parts.push({ text: said, speaker });
  };
  for (const match of text.matchAll(voiceTag)) {
    push(match.index);
    from = match.index + match[0].length;
    speaker = match[1] === undefined ? undefined : cleanSpeakerName(decode(match[1]));
  }
  push(text.length);
  return parts;
}

/** What stands before the first label is said by whoever spoke before; `last` speaks on. */
function splitAtLabels(
  text: string,
  names: ReadonlySet<string>,
  before: string | undefined,
): { readonly parts: VoicedText[]; readonly last: string | undefined } {
  const parts: VoicedText[] = [];
  let from = 0;
  let speaker = before;
  const push = (to: number) => {
    if (text.slice(from, to).trim() !== '') parts.push({ text: text.slice(from, to), speaker });
  };
  for (const match of text.matchAll(lineStart)) {
    const [whole, mark, label] = match;
    const name = label === undefined ? undefined : cleanSpeakerName(label);
    const isKnown = name !== undefined && names.has(name);
    // `Remember:` within somebody's turn is no name; `NARRATOR:`, that comes but once, is somebody else.
    const isOther = mark !== undefined || (label !== undefined && label === label.toUpperCase());
    if (!isKnown && !isOther) continue;
    push(match.index);
    from = match.index + (isKnown ? whole.length + 1 : 0);
    speaker = isKnown ? name : undefined;
  }
  push(text.length);
  return { parts, last: speaker };
}
