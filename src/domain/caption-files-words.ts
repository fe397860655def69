import { toMs, type FileCue } from './caption-files-cues.ts';
import { splitUnspaced } from './caption-join.ts';
import { captionsInvalid } from './caption-files-error.ts';
import { createSpeakerReader, type VoicedText } from './caption-files-speakers.ts';
import type { Word } from './transcript.ts';

/** More words than this are refused: ten hours of fast speech have 120,000. */
const maxWords = 1_000_000;

/** A token longer than this is cut: it is no word. In characters. */
const maxWordChars = 100;

/** Nobody speaks slower than this for long: what a cue lasts longer is silence after its words. In ms. */
const slowestWordMs = 200;
const slowestCharMs = 110;

/** How sure the time of a word is that was spread over its cue. */
const guessedConfidence = 0.5;

const wordTime = /<(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})>/;

/** What is written in parentheses within a line and is no speech. */
const noises =
  /\((?:[^()]{0,30}\b)?(?:music|laugh(?:s|ter|ing)?|applause|cheer(?:s|ing)?|chuckl(?:es|ing)|sighs?|cough(?:s|ing)?|gasps?|silence|inaudible|crosstalk|noise|beep)\b[^()]{0,30}\)/giu;

/** Words of the cues of a file, with times and, where it tells, speakers; rolling repetitions once. @throws input.captions_invalid */
export function readCaptionWords(cues: readonly FileCue[], name: string): Word[] {
  const isRolling = hasWordTimes(cues) || repeatsLines(cues);
  const readSpeakers = createSpeakerReader(cues, decode);
  const words: Word[] = [];
  let shown: readonly string[] = [];
  for (const cue of cues) {
    const fresh = isRolling ? cue.lines.slice(countRepeated(shown, cue.lines)) : cue.lines;
    if (cue.lines.length > 0) shown = cue.lines.map(stripTags);
    for (const word of timeWords(cue, readSpeakers(fresh))) words.push(word);
    if (words.length > maxWords) throw captionsInvalid(name, cue.line, `has more than ${maxWords} words`);
  }
  return words;
}

function hasWordTimes(cues: readonly FileCue[]): boolean {
  return cues.some((cue) => cue.lines.some((line) => wordTime.test(line)));
}

/** Whether cue after cue begins with the line that the one before ended with, as YouTube's captions do when converted. */
function repeatsLines(cues: readonly FileCue[]): boolean {
  let repeated = 0;
  for (const [index, cue] of cues.entries()) {
    const before = cues[index - 1]?.lines.at(-1);
    if (before !== undefined && before.includes(' ') && before === cue.lines[0]) repeated += 1;
  }
  return repeated >= 2 && repeated > cues.length * 0.3;
}

/** Rolling captions show this many lines again at most. */
const maxRolledLines = 4;

/** How many of a cue's first lines are the last ones of the cue before it: the longest such run. */
function countRepeated(before: readonly string[], lines: readonly string[]): number {
  const plain = lines.map(stripTags);
  for (let count = Math.min(before.length, plain.length, maxRolledLines); count > 0; count--) {
    const isRepeated = before.slice(-count).every((line, index) => line === plain[index]);
    // A line with word times of its own is spoken now, whatever it says.
    if (isRepeated && !lines.slice(0, count).some((line) => wordTime.test(line))) return count;
  }
  return 0;
}

/** What is said from `startMs` on, until the next piece or the cue's end. */
type Piece = { readonly startMs: number; readonly tokens: { text: string; speaker: string | undefined }[] };

function timeWords(cue: FileCue, parts: readonly VoicedText[]): Word[] {
  const pieces = splitAtTimes(cue, parts);
  const hasTimes = pieces.length > 1;
  return pieces.flatMap(({ startMs, tokens }, index) => {
    const endMs = Math.max(startMs, pieces[index + 1]?.startMs ?? cue.endMs);
    const texts = tokens.map(({ text }) => text);
    const confidence = hasTimes && tokens.length === 1 ? 1 : guessedConfidence;
    return spreadWords(texts, startMs, endMs, confidence).map((word, at): Word => {
      const speaker = tokens[at]?.speaker;
      return speaker === undefined ? word : Object.assign(word, { speaker });
    });
  });
}

/** A cue's words in pieces that begin at its word times; another speaker begins no piece, since nobody says when. */
function splitAtTimes(cue: FileCue, parts: readonly VoicedText[]): Piece[] {
  const pieces: Piece[] = [{ startMs: cue.startMs, tokens: [] }];
  for (const { text, speaker } of parts) {
    const told = removeNotes(text).split(new RegExp(wordTime, 'g'));
    // `split` puts the four groups of each time between the texts.
    for (let index = 0; index < told.length; index += 5) {
      const last = pieces.at(-1);
      if (index > 0) {
        const wantedMs = toMs(told.slice(index - 4, index));
        const startMs = Math.min(Math.max(wantedMs, last?.startMs ?? cue.startMs), cue.endMs);
        pieces.push({ startMs, tokens: [] });
      }
      for (const word of splitWords(told[index] ?? '')) pieces.at(-1)?.tokens.push({ text: word, speaker });
    }
  }
  return pieces.filter(({ tokens }) => tokens.length > 0);
}

/** Spreads words over a time (ms) by their letters, no slower than anyone speaks. */
export function spreadWords(
  tokens: readonly string[],
  startMs: number,
  endMs: number,
  confidence: number,
): Word[] {
  const weights = tokens.map((token) => slowestWordMs + slowestCharMs * [...token].length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scale = Math.min(1, (endMs - startMs) / total);
  let spent = 0;
  return tokens.map((text, index) => {
    const from = startMs + Math.round(spent * scale);
    spent += weights[index] ?? 0;
    return { text, startMs: from, endMs: startMs + Math.round(spent * scale), confidence };
  });
}

function splitWords(text: string): string[] {
  const tokens = text.split(/\s+/u).filter((token) => /[\p{L}\p{N}\p{S}&%@#]/u.test(token));
  return tokens.flatMap(splitUnspaced).flatMap((token) => {
    const letters = [...token];
    if (letters.length <= maxWordChars) return [token];
    const count = Math.ceil(letters.length / maxWordChars);
    return Array.from({ length: count }, (_, part) =>
      letters.slice(part * maxWordChars, (part + 1) * maxWordChars).join(''),
    );
  });
}

/** Leaves the text of a line: styling and voice tags of both formats, and ASS overrides that some SRT files carry. */
function stripTags(line: string): string {
  return line
    .replace(new RegExp(wordTime, 'g'), '')
    .replace(/<\/?[a-z][^<>]{0,200}>/giu, '')
    .replace(/\{\\[^{}]{0,200}\}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  lrm: '',
  rlm: '',
};

/** Control characters, terminal sequences, and marks that turn the direction of what follows: nobody says them. */
const unspeakable = /\p{Cc}\[[0-9;?]{0,20}[a-z]|[\p{Cc}\u202a-\u202e\u2066-\u2069]/giu;

/** Takes the tags out but for word times, and puts the characters in that entities stand for. */
function decode(line: string): string {
  return line
    .replace(/<\/?[a-z][^<>]{0,200}>/giu, '')
    .replace(/\{\\[^{}]{0,200}\}/gu, '')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/giu, (whole, decimal, hex, named) => {
      if (named !== undefined) return entities[String(named).toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isCharacter = code >= 32 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : ' ';
    })
    .replace(unspeakable, ' ');
}

/**
 * Takes out what nobody says: `[Music]`, `(laughs)`, notes, `>>`, dashes of dialogue and the names of speakers. Space at the
 * start of a line is matched within that line only: over many blank lines, the time would grow with their square.
 */
function removeNotes(text: string): string {
  return text
    .replace(/\[[^[\]]{0,200}\]/gu, ' ')
    .replace(noises, ' ')
    .replace(/^[^\S\n]*\([^()\n]{0,200}\)[^\S\n]*$/gmu, ' ')
    .replace(/[♩♪♫♬]/gu, ' ')
    .replace(/^[^\S\n]*>{2,}\s*/gmu, '')
    .replace(/\s>{2,}\s/gu, ' ')
    .replace(/^[^\S\n]*[-–—]\s+/gmu, '')
    .replace(/^[^\S\n]*(?:speaker \d{1,2}|\p{Lu}[\p{Lu}.'’-]+(?: [\p{Lu}\d][\p{Lu}\d.'’-]*){0,3}):\s+/gmu, '')
    .replace(/^[^\S\n]*speaker \d{1,2}:\s+/gimu, '');
}
