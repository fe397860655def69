import { PatternPivotError } from '../../domain/errors.ts';
import type { Moment } from '../../domain/moment.ts';
import { frameToMs, msToNearestFrame, type Rational, type TimeRange } from '../../domain/time.ts';
import type { RemovedStretch } from '../../domain/tightening.ts';
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

/** What is left of a cut and what is not, piece and stretch by turns; stretches begin and end on frames. */
export type Kept = { readonly pieces: readonly KeptPiece[]; readonly removed: readonly RemovedStretch[] };

/**
 * Takes stretches out of a cut, on frames that lie wholly inside them. `adjust` may move the ends of a piece that lie at a
 * stretch; one that no frame is left of is not taken out.
 */
export function keepPieces(
  cut: Piece,
  stretches: readonly RemovedStretch[],
  rate: Rational,
  adjust: (piece: Piece) => Piece = (piece) => piece,
): Kept {
  const gaps = stretches
    .map((stretch) => ({
      stretch,
      startFrame: Math.ceil((stretch.startMs * rate.num) / (1000 * rate.den)),
      endFrame: Math.floor((stretch.endMs * rate.num) / (1000 * rate.den)),
    }))
    .filter(({ startFrame, endFrame }) => startFrame > cut.startFrame && endFrame < cut.endFrame);
  const rough = [...gaps, undefined].map((gap, index) =>
    adjust({
      startFrame: gaps[index - 1]?.endFrame ?? cut.startFrame,
      endFrame: gap?.startFrame ?? cut.endFrame,
    }),
  );
  const pieces: KeptPiece[] = [];
  const removed: RemovedStretch[] = [];
  let atFrame = 0;
  let startFrame = cut.startFrame;
  for (const [index, { endFrame: wantedEnd }] of rough.entries()) {
    const gap = gaps[index];
    const nextStart = rough[index + 1]?.startFrame ?? cut.endFrame;
    // The two ends may have been moved towards each other.
    if (gap !== undefined && nextStart <= wantedEnd) continue;
    const endFrame = gap === undefined ? cut.endFrame : wantedEnd;
    pieces.push({ startFrame, endFrame, atFrame });
    atFrame += endFrame - startFrame;
    startFrame = nextStart;
    if (gap === undefined) continue;
    const { startMs, endMs } = pieceRange({ startFrame: endFrame, endFrame: nextStart }, rate);
    removed.push({ startMs, endMs, kind: gap.stretch.kind, text: gap.stretch.text });
  }
  return { pieces, removed };
}

/** A piece as a range of the source's time, in ms. */
export function pieceRange(piece: Piece, rate: Rational): TimeRange {
  return { startMs: frameToMs(piece.startFrame, rate), endMs: frameToMs(piece.endFrame, rate) };
}
