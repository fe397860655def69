import { frameToMs, type Rational } from '../../domain/time.ts';
import type { CueWord } from '../../domain/timeline.ts';
import type { Word } from '../../domain/transcript.ts';
import { pieceRange, type KeptPiece } from './cut-moment.ts';
import type { Piece, SourceMaterial } from './material.ts';

/** Words whose middle lies in a range: a recogniser's times reach a little into the pause after a word. */
export function wordsWithin(
  words: readonly Word[],
  range: { readonly startMs: number; readonly endMs: number },
): Word[] {
  return words.filter((word) => {
    const middleMs = (word.startMs + word.endMs) / 2;
    return middleMs >= range.startMs && middleMs < range.endMs;
  });
}

/** Which words each piece holds: those whose middle lies in it. A word whose middle was cut out is in none. */
export function shareOut(words: readonly Word[], pieces: readonly Piece[], rate: Rational): Word[][] {
  return pieces.map((piece, index) => {
    const { startMs, endMs } = pieceRange(piece, rate);
    // What a moment holds was settled before its ends were put on frames.
    return wordsWithin(words, {
      startMs: index === 0 ? 0 : startMs,
      endMs: index === pieces.length - 1 ? Infinity : endMs,
    });
  });
}

/** The words of pieces in the clip's time, each with where it was said; no word outlasts its piece. */
export function placeWords(
  pieces: readonly (KeptPiece & { readonly words: readonly Word[] })[],
  material: SourceMaterial,
  rate: Rational,
): CueWord[] {
  return pieces.flatMap((piece) => {
    const startMs = frameToMs(piece.atFrame, rate);
    const offsetMs = startMs - frameToMs(piece.startFrame, rate);
    const lastFrame = piece.atFrame + piece.endFrame - piece.startFrame;
    // A frame need not end on a whole millisecond: no word ends after the last one.
    const endMs = Math.floor((lastFrame * 1000 * rate.den) / rate.num);
    const place = (ms: number) => Math.max(startMs, Math.min(endMs, ms + offsetMs));
    return piece.words.map((word): CueWord => {
      const said = material.findWord(word);
      return {
        text: word.text,
        startMs: place(word.startMs),
        endMs: place(word.endMs),
        sourceStartMs: said.startMs,
        sourceEndMs: said.endMs,
        assetId: said.assetId,
        ...(word.speaker === undefined ? {} : { speaker: word.speaker }),
      };
    });
  });
}
