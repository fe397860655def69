import type { FaceFound, FaceSample } from '../../domain/face.ts';
import { msToNearestFrame, rationalToNumber, type Rational } from '../../domain/time.ts';
import type { FaceFinder, SeenFace } from '../../inference/face-finder.ts';
import type { SmallFrame } from '../../media/open-frames.ts';

/** Looking for faces in frames that follow each other: the detector now and then, and in between each face near its last place. */

/** A frame is looked at at least this often, in ms: mouths move about five times a second. */
const lookEveryMs = 125;

/** The detector looks over the whole picture at least this often, in ms. */
const findEveryMs = 500;

/** Pictures are looked at with about so many pixels: 640 × 360. */
const lookedPixels = 640 * 360;

/** A change of the mean picture that is more than movement: a cut, most likely. Of 255. */
const cutChange = 18;

/** Side of the grid on which the mean change is measured. */
const grid = 16;

/** The width in px at which a picture of a shape is looked at for faces. */
export function facesWidth(displayWidth: number, displayHeight: number): number {
  const width = Math.sqrt((lookedPixels * displayWidth) / displayHeight);
  return Math.max(32, Math.round(Math.min(width, displayWidth)));
}

/** Every how many frames faces are looked for. */
export function facesEveryFrames(frameRate: Rational): number {
  return Math.max(1, Math.floor((lookEveryMs / 1000) * rationalToNumber(frameRate)));
}

/** Looks at frames one after the other, in order. */
export interface FaceFollower {
  look(frame: SmallFrame): Promise<FaceSample>;
}

/** Follows faces through frames. `scale` turns px of what is looked at into px of the source. */
export function followFaces(finder: FaceFinder, frameRate: Rational, scale: number): FaceFollower {
  const findEvery = Math.max(1, msToNearestFrame(findEveryMs, frameRate));
  let near: SeenFace[] = [];
  let foundFrame = Number.NEGATIVE_INFINITY;
  let means: Float32Array | undefined;
  return {
    async look({ frame, width, height, data }) {
      const now = measureMeans(data, width, height);
      const isCut = means !== undefined && meanChange(means, now) > cutChange;
      means = now;
      const { faces, found } = await finder.look({
        picture: { width, height, data },
        // After a cut nothing is where it was.
        near: isCut ? [] : near.map((face) => ({ ...boxOf(face), turn: turnOf(face) })),
        find: isCut || frame - foundFrame >= findEvery ? 'always' : 'when-lost',
        describe: 0,
      });
      if (found) foundFrame = frame;
      near = faces;
      return { frame, faces: faces.map((face) => toSource(face, scale)) };
    },
  };
}

function boxOf({ x, y, width, height }: SeenFace) {
  return { x, y, width, height };
}

function turnOf({ eyeLeft, eyeRight }: SeenFace): number {
  if (eyeLeft === undefined || eyeRight === undefined) return 0;
  return Math.atan2(eyeRight.y - eyeLeft.y, eyeRight.x - eyeLeft.x);
}

function toSource(face: SeenFace, scale: number): FaceFound {
  const px = (value: number) => Math.round(value * scale * 10) / 10;
  const point = ({ x, y }: { x: number; y: number }) => ({ x: px(x), y: px(y) });
  const { eyeLeft, eyeRight, mouthOpen, descriptor } = face;
  return {
    x: px(face.x),
    y: px(face.y),
    width: px(face.width),
    height: px(face.height),
    score: thousandths(face.score),
    ...(eyeLeft === undefined ? {} : { eyeLeft: point(eyeLeft) }),
    ...(eyeRight === undefined ? {} : { eyeRight: point(eyeRight) }),
    ...(mouthOpen === undefined ? {} : { mouthOpen: thousandths(mouthOpen) }),
    ...(descriptor === undefined ? {} : { descriptor: descriptor.map(thousandths) }),
  };
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** The mean green of each cell of a grid: enough to see a cut. */
function measureMeans(data: Uint8Array, width: number, height: number): Float32Array {
  const sums = new Float32Array(grid * grid);
  const counts = new Float32Array(grid * grid);
  // Every third pixel of every third row will do.
  for (let row = 0; row < height; row += 3) {
    const cellRow = Math.floor((row * grid) / height) * grid;
    for (let column = 0; column < width; column += 3) {
      const cell = cellRow + Math.floor((column * grid) / width);
      sums[cell]! += data[(row * width + column) * 3 + 1]!;
      counts[cell]! += 1;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
}

function meanChange(before: Float32Array, after: Float32Array): number {
  let sum = 0;
  for (const [cell, value] of after.entries()) sum += Math.abs(value - before[cell]!);
  return sum / after.length;
}
