import type { Word } from '../domain/transcript.ts';

/** A recognised token: where its sound begins, in ms, and the logarithm of its probability. */
export type TimedToken = { readonly piece: string; readonly startMs: number; readonly logLikelihood: number };

/** A word below this probability is marked as uncertain: see docs/decisions/0006-speech-recognition.md. */
export const uncertainBelow = 0.6;

/** Marks the start of a word in SentencePiece vocabularies. */
const wordMark = '▁';
const byteToken = /^<0x([0-9A-F]{2})>$/u;
const hasLetterOrDigit = /[\p{L}\p{N}]/u;
const maxWordChars = 200;

/**
 * Groups byte-pair tokens into words. A word begins with its first token and ends where what follows its last letter
 * begins: a pause falls to the full stop or comma before it. Punctuation alone joins the word before it.
 */
export function groupTokens(tokens: readonly TimedToken[], endMs: number): Word[] {
  const groups: TimedToken[][] = [];
  for (const token of tokens) {
    const last = groups.at(-1);
    if (last === undefined || token.piece.startsWith(wordMark)) groups.push([token]);
    else last.push(token);
  }
  const words: Word[] = [];
  for (const [index, group] of groups.entries()) {
    const spelt = decodePieces(group.map((token) => token.piece));
    const text = modernSpelling(spelt).slice(0, maxWordChars);
    const [first] = group;
    if (first === undefined || text === '') continue;
    const previous = words.at(-1);
    if (!hasLetterOrDigit.test(text)) {
      if (previous !== undefined && previous.text.length + text.length < maxWordChars) {
        words[words.length - 1] = { ...previous, text: `${previous.text} ${text}` };
      }
      continue;
    }
    const spoken = group.findLastIndex((token) => hasLetterOrDigit.test(token.piece)) + 1;
    const wordEndMs = (group[spoken] ?? groups[index + 1]?.[0])?.startMs ?? endMs;
    const counted = group.slice(0, Math.max(1, spoken));
    const meanLog = counted.reduce((sum, token) => sum + token.logLikelihood, 0) / counted.length;
    const confidence = Math.round(Math.min(1, Math.exp(meanLog)) * 1000) / 1000;
    const startMs = Math.round(first.startMs);
    words.push({
      text,
      startMs,
      endMs: Math.max(startMs, Math.round(wordEndMs)),
      confidence,
      ...(confidence < uncertainBelow ? { uncertain: true as const } : {}),
    });
  }
  return words;
}

/** Spells as people do today what the model writes as old books do: `to-morrow`; not what only looks so (`day-to-day`). */
export function modernSpelling(word: string): string {
  return word.replaceAll(/(?<![\p{L}\p{N}-])(to)-(day|night|morrow)\b/giu, '$1$2');
}

/** The text of tokens: marks become spaces, tokens of single bytes become the characters that they spell. */
export function decodePieces(pieces: readonly string[]): string {
  const bytes = pieces.map((piece) => {
    const byte = byteToken.exec(piece)?.[1];
    return byte === undefined
      ? Buffer.from(piece.replaceAll(wordMark, ' '))
      : Buffer.from([Number.parseInt(byte, 16)]);
  });
  // Spelt bytes may give control characters or half a character: neither belongs in a word.
  return Buffer.concat(bytes)
    .toString()
    .replaceAll(/[\p{Cc}\uFFFD]/gu, '')
    .trim();
}
