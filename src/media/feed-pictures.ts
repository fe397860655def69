import type { Frame } from 'node-av/lib';
import { expectPresent } from './ffmpeg.ts';
import { FrameConverter, sameShape, shapeFilters, shapeOf } from './frame-shape.ts';
import type { Feed, GraphInlet } from './graph-inlet.ts';
import { InputFile } from './input-file.ts';
import type { PictureInput, PicturePiece } from './render-graph.ts';

/** A stretch that is left out and shorter than this is read through, in seconds; over a longer one is jumped. */
const readThroughSeconds = 10;

/** When packets lie this far behind a piece's end and no frame came from there, none will, in seconds. */
const lostAfterSeconds = 30;

/** A decoded frame that we keep, with its time from the start of the file. */
type Kept = { readonly frame: Frame; readonly seconds: number };

/**
 * Feeds pieces of one stream of pictures end to end, conformed to one rate: each frame of the file is shown from the output
 * frame nearest to its own time until the next one's, as FFmpeg's `fps` filter does. One decoder serves all pieces.
 */
export class PictureFeed implements Feed {
  readonly #input: PictureInput;
  readonly #inlet: GraphInlet;
  #file: InputFile | undefined;
  #converter: FrameConverter | undefined;
  #pieceIndex = 0;
  #isPlaced = false;
  /** Output frames of this piece so far, and of all. */
  #produced = 0;
  #fed = 0;
  /** The frame on screen, those that come after it, and whether more come in this piece. */
  #shown: Kept | undefined;
  #coming: Kept[] = [];
  #isOver = false;
  /** Whether the one on screen is from before a jump: only shown where nothing comes after it. */
  #isStale = false;
  isFinished = false;
  /** How many pictures the decoder handed over. */
  decoded = 0;

  constructor(input: PictureInput, inlet: GraphInlet) {
    this.#input = input;
    this.#inlet = inlet;
  }

  get nextSeconds(): number {
    const { pieces, frameRate } = this.#input;
    const { neededAtSeconds = Number.POSITIVE_INFINITY } = pieces[this.#pieceIndex] ?? {};
    return neededAtSeconds + (this.#produced * frameRate.den) / frameRate.num;
  }

  advance(): void {
    const piece = this.#input.pieces[this.#pieceIndex];
    if (piece === undefined || this.#inlet.isEnded) {
      this.#finish();
      return;
    }
    if (!this.#isPlaced) this.#place(piece);
    const next = this.#coming[0];
    const nextFrame = next === undefined ? undefined : this.#frameAt(next.seconds, piece);
    const shownUntil = nextFrame ?? (this.#isOver ? piece.frames : 0);
    const isReplaced = this.#isStale && next !== undefined;
    if (this.#shown !== undefined && !isReplaced && this.#produced < shownUntil) {
      this.#show(this.#shown, piece);
    } else if (next !== undefined) {
      this.#coming.shift();
      this.#replaceShown(next);
    } else if (this.#isOver) {
      // Not one picture, in this piece or before.
      this.#finish();
    } else this.#read(piece);
  }

  /** Which of a piece's frames is nearest to a time of the file. */
  #frameAt(seconds: number, piece: PicturePiece): number {
    const { num, den } = this.#input.frameRate;
    return Math.round((((seconds - piece.fromSeconds) / piece.speed) * num) / den);
  }

  #show({ frame }: Kept, piece: PicturePiece): void {
    const copy = expectPresent(frame.clone(), 'memory for a frame');
    copy.pts = BigInt(this.#fed);
    copy.duration = 1n;
    this.#inlet.push(copy);
    copy.free();
    this.#fed += 1;
    this.#produced += 1;
    if (this.#produced < piece.frames) return;
    this.#pieceIndex += 1;
    this.#produced = 0;
    this.#isPlaced = false;
  }

  #replaceShown(next: Kept | undefined): void {
    this.#shown?.frame.free();
    this.#shown = next;
    this.#isStale = false;
  }

  /** Goes to where a piece starts: by reading on where that is near, else by a jump. */
  #place(piece: PicturePiece): void {
    this.#isPlaced = true;
    this.#isOver = false;
    const { path, streamIndex, isImage } = this.#input;
    const open = () =>
      new InputFile(path, { streams: [streamIndex], fromSeconds: piece.fromSeconds, isImage });
    if (this.#file === undefined) {
      this.#file = open();
      return;
    }
    // The one on screen may be the first one of the next piece too.
    const reached = this.#coming[0]?.seconds ?? this.#shown?.seconds;
    const isNear =
      reached !== undefined &&
      this.#shown !== undefined &&
      !this.#isStale &&
      this.#frameAt(this.#shown.seconds, piece) <= 0 &&
      piece.fromSeconds - reached < readThroughSeconds;
    if (isNear) return;
    for (const { frame } of this.#coming.splice(0)) frame.free();
    this.#converter?.close();
    this.#converter = undefined;
    this.#isStale = true;
    if (this.#file.seek(piece.fromSeconds)) return;
    this.#file.close();
    this.#file = open();
  }

  #read(piece: PicturePiece): void {
    const file = expectPresent(this.#file, 'open file');
    const { num, den } = this.#input.frameRate;
    const endSeconds = piece.fromSeconds + ((piece.frames * den) / num) * piece.speed;
    const more = file.step(({ frame, seconds }) => this.#take(frame, seconds));
    if (more && file.lastSeconds < endSeconds + lostAfterSeconds) return;
    this.#converter?.convert(null, (converted, seconds) => this.#keep(converted, seconds));
    this.#converter?.close();
    this.#converter = undefined;
    this.#isOver = true;
  }

  #take(frame: Frame, seconds: number): void {
    this.decoded += 1;
    const shape = shapeOf(frame);
    const isFitting = sameShape(shape, this.#inlet.shape);
    if (isFitting && this.#input.filters === undefined) {
      this.#keep(frame, seconds);
      return;
    }
    if (this.#converter === undefined || !sameShape(this.#converter.shape, shape)) {
      this.#converter?.close();
      const filters = [this.#input.filters, isFitting ? undefined : shapeFilters(this.#inlet.shape)];
      this.#converter = new FrameConverter(shape, filters.filter((text) => text !== undefined).join(','));
    }
    frame.pts = BigInt(Math.round(seconds * shape.timeBaseDen));
    this.#converter.convert(frame, (converted, convertedSeconds) => this.#keep(converted, convertedSeconds));
  }

  #keep(frame: Frame, seconds: number): void {
    this.#coming.push({ frame: expectPresent(frame.clone(), 'memory for a frame'), seconds });
  }

  #finish(): void {
    this.#inlet.end();
    this.isFinished = true;
    this.close();
  }

  close(): void {
    for (const { frame } of this.#coming.splice(0)) frame.free();
    this.#replaceShown(undefined);
    this.#converter?.close();
    this.#converter = undefined;
    this.#file?.close();
    this.#file = undefined;
  }
}
