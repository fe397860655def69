import { AVERROR_EOF, AV_BUFFERSRC_FLAG_PUSH } from 'node-av/constants';
import type { FilterContext, Frame } from 'node-av/lib';
import { expectOk } from './ffmpeg.ts';
import type { FrameShape } from './frame-shape.ts';

/** What brings frames into a filter graph, a little at a time. */
export type Feed = {
  /** How much of the output has what it needs from here, in output seconds: the feed that lags most comes next. */
  readonly nextSeconds: number;
  readonly isFinished: boolean;
  /** Reads a packet, or hands a frame on. */
  advance(): void;
  close(): void;
};

/** An open end of a filter graph, where frames of one shape go in. */
export class GraphInlet {
  readonly shape: FrameShape;
  readonly #context: FilterContext;
  /** Whether the graph takes no more. */
  isEnded = false;

  constructor(context: FilterContext, shape: FrameShape) {
    this.#context = context;
    this.shape = shape;
  }

  /** Hands a frame on, which is empty afterwards. @returns false when the graph wants no more */
  push(frame: Frame): boolean {
    if (this.isEnded) return false;
    const result = this.#context.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_PUSH);
    this.isEnded = result === AVERROR_EOF;
    if (!this.isEnded) expectOk(result, 'A frame cannot be filtered');
    return !this.isEnded;
  }

  /** Tells the graph that nothing more comes. */
  end(): void {
    if (!this.isEnded) this.#context.buffersrcAddFrameSync(null, AV_BUFFERSRC_FLAG_PUSH);
    this.isEnded = true;
  }
}
