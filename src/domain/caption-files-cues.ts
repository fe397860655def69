import { captionsInvalid } from './caption-files-error.ts';

/** A cue as it stands in a file: its times in ms, its lines as written, and where it began (line, from 1). */
export type FileCue = {
  readonly startMs: number;
  readonly endMs: number;
  readonly lines: readonly string[];
  readonly line: number;
};

/** More cues than this are refused: ten hours have some 20,000. */
const maxCues = 200_000;

const time = String.raw`(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?`;
const timing = new RegExp(String.raw`^\s*${time}\s*-->\s*${time}(?:\s.*)?$`);

/** A line that looks as if it were meant for times, so that a broken arrow is named and not shown to anyone. */
const likeTiming = /-->|^\s*\d{1,3}:\d{1,2}:\d{1,2}[.,]\d{1,3}\s*(?:-|$)/;

const timingHint = 'A line of times reads 00:00:01,000 --> 00:00:02,500.';

/**
 * Reads the cues of SubRip or WebVTT text whose lines end with `\n`, sorted by start. Being lenient: hours may be
 * missing, comma and point are one, an SRT cue may hold empty lines.
 * @throws input.captions_invalid
 */
export function readCaptionCues(
  text: string,
  name: string,
): { cues: FileCue[]; language: string | undefined } {
  const lines = text.split('\n');
  const isVtt = /^WEBVTT(?:\s|$)/.test(text);
  const cues: FileCue[] = [];
  let index = isVtt ? skipBlock(lines, 0) : 0;
  const language = isVtt ? readLanguage(lines.slice(0, index)) : undefined;
  while (index < lines.length) {
    const line = lines[index] ?? '';
    if (isVtt && /^(?:NOTE|STYLE|REGION)(?:\s|$)/.test(line)) {
      index = skipBlock(lines, index);
      continue;
    }
    if (!likeTiming.test(line)) {
      index += 1;
      continue;
    }
    const times = readTiming(line, name, index + 1);
    const end = isVtt ? skipBlock(lines, index + 1) : findNextSrtCue(lines, index + 1);
    cues.push({ ...times, lines: trimLines(lines.slice(index + 1, end)), line: index + 1 });
    if (cues.length > maxCues) throw captionsInvalid(name, index + 1, `has more than ${maxCues} cues`);
    index = end;
  }
  if (cues.length === 0) {
    throw captionsInvalid(name, undefined, 'has no line of times, so it is no SRT and no WebVTT', timingHint);
  }
  return { cues: joinSimultaneous(cues.toSorted((a, b) => a.startMs - b.startMs)), language };
}

function readLanguage(header: readonly string[]): string | undefined {
  for (const line of header) {
    const language = /^Language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*$/.exec(line)?.[1];
    if (language !== undefined) return language;
  }
  return undefined;
}

/** The line after the next empty one. */
function skipBlock(lines: readonly string[], from: number): number {
  let index = from;
  while (index < lines.length && lines[index] !== '') index += 1;
  return index + 1;
}

/** In SubRip an empty line may be part of the text: a cue ends where the next one's number or times stand. */
function findNextSrtCue(lines: readonly string[], from: number): number {
  let index = from;
  while (index < lines.length && !likeTiming.test(lines[index] ?? '')) index += 1;
  if (index === lines.length) return index;
  const isNumbered = index > from && /^\s*\d+\s*$/.test(lines[index - 1] ?? '');
  return isNumbered ? index - 1 : index;
}

function trimLines(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

function readTiming(line: string, name: string, lineNumber: number): { startMs: number; endMs: number } {
  const match = timing.exec(line);
  if (match === null) {
    throw captionsInvalid(
      name,
      lineNumber,
      `"${line.trim().slice(0, 60)}" is not a line of times`,
      timingHint,
    );
  }
  const startMs = toMs(match.slice(1, 5));
  const endMs = toMs(match.slice(5, 9));
  if (endMs < startMs) {
    throw captionsInvalid(name, lineNumber, 'the cue ends before it starts', 'Swap its two times.');
  }
  return { startMs, endMs };
}

/** Hours, minutes, seconds and a fraction (`5` is half a second), as text, in ms. */
export function toMs(parts: readonly (string | undefined)[]): number {
  const [hours = '0', minutes = '0', seconds = '0', fraction = '0'] = parts;
  const wholeSeconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return wholeSeconds * 1000 + Number(fraction.padEnd(3, '0'));
}

/** Two lines that some programs write as two cues of the same time are one cue; others end where the next begins. */
function joinSimultaneous(cues: readonly FileCue[]): FileCue[] {
  const joined: { startMs: number; endMs: number; lines: string[]; line: number }[] = [];
  for (const cue of cues) {
    const last = joined.at(-1);
    if (last !== undefined && cue.startMs === last.startMs && last.endMs > last.startMs) {
      last.endMs = Math.max(last.endMs, cue.endMs);
      for (const line of cue.lines) last.lines.push(line);
      continue;
    }
    if (last !== undefined && cue.startMs < last.endMs) last.endMs = cue.startMs;
    joined.push({ ...cue, lines: [...cue.lines] });
  }
  return joined;
}
