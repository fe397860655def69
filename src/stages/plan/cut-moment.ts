import { PatternPivotError } from '../../domain/errors.ts';
import type { Moment } from '../../domain/moment.ts';
import { frameToMs, msToNearestFrame, type Rational, type TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';
import type { Piece } from './material.ts';

/**
 * The frames of the source, conformed to a rate, that a moment is cut to: the nearest ones, or one further out where the
 * nearest would take something off the first or the last word.
 * @throws input.moment_outside_source when the moment does not lie in the source
 */
export function cutMoment(
  moment: Pick<Moment, 'startMs' | 'endMs'>,
  words: readonly Word[],
  sourceMs: number,
  rate: Rational,
): Piece {
  const framesMs = (frame: number) => (frame * 1000 * rate.den) / rate.num;
  const availableFrames = Math.ceil((sourceMs * rate.num) / (1000 * rate.den));
  const firstMs = Math.max(moment.startMs, words[0]?.startMs ?? moment.endMs);
  const spokenEndMs = words.reduce((latest, word) => Math.max(latest, word.endMs), moment.startMs);
  const lastMs = Math.min(moment.endMs, spokenEndMs);
  let startFrame = msToNearestFrame(moment.startMs, rate);
  if (startFrame > 0 && framesMs(startFrame) > firstMs) startFrame -= 1;
  let endFrame = msToNearestFrame(moment.endMs, rate);
  if (framesMs(endFrame) < lastMs) endFrame += 1;
  endFrame = Math.min(endFrame, availableFrames);
  if (endFrame <= startFrame) {
    throw new PatternPivotError(
      'input.moment_outside_source',
      `The moment from ${moment.startMs} to ${moment.endMs} ms has no frame in a source of ${sourceMs} ms.`,
      {
        hint: 'Choose a range inside the source that is at least a frame long.',
        context: { startMs: moment.startMs, endMs: moment.endMs, sourceMs },
      },
    );
  }
  return { startFrame, endFrame };
}

/** A piece of the source that is kept, and where in the clip it plays. */
export type KeptPiece = Piece & { readonly atFrame: number };

/** The pieces of a cut that are left when stretches are taken out of it, on frames that lie wholly inside these. */
export function keepPieces(cut: Piece, removed: readonly TimeRange[], rate: Rational): KeptPiece[] {
  const pieces: KeptPiece[] = [];
  let startFrame = cut.startFrame;
  let atFrame = 0;
  const add = (endFrame: number) => {
    if (endFrame <= startFrame) return;
    pieces.push({ startFrame, endFrame, atFrame });
    atFrame += endFrame - startFrame;
  };
  for (const stretch of removed) {
    const fromFrame = Math.ceil((stretch.startMs * rate.num) / (1000 * rate.den));
    const toFrame = Math.floor((stretch.endMs * rate.num) / (1000 * rate.den));
    if (toFrame <= fromFrame || fromFrame <= startFrame || toFrame >= cut.endFrame) continue;
    add(fromFrame);
    startFrame = toFrame;
  }
  add(cut.endFrame);
  return pieces;
}

/** A piece as a range of the source's time, in ms. */
export function pieceRange(piece: Piece, rate: Rational): TimeRange {
  return { startMs: frameToMs(piece.startFrame, rate), endMs: frameToMs(piece.endFrame, rate) };
}
