import type { FaceFound, FaceSample } from '../../domain/face.ts';
import { msToNearestFrame, rationalToNumber, type Rational } from '../../domain/time.ts';
import type { FaceFinder, FindHow, SeenFace } from '../../inference/face-finder.ts';
import type { SmallFrame } from '../../media/open-frames.ts';

/** Looking for faces in frames that follow each other: the detector now and then, and in between each face near its last place. */

/** A frame is looked at at least this often, in ms: mouths move about five times a second. */
const lookEveryMs = 125;

/** The detector looks over the whole picture this often, in ms: when something in it has moved since it looked, and when not. */
const findEveryMs = 500;
const findStillEveryMs = 1000;

/** A change of the mean picture since the detector looked that somebody may have come in by. Of 255. */
const movedChange = 3;

/** After the detector has looked, a face that is lost is held where it was for so long before it looks again, in ms. */
const holdMs = 180;

/** Small faces are looked for at a cut, and this often in ms, unless there is a face so wide (of the picture's width). */
const thoroughEveryMs = 2000;
const largeFace = 0.05;

/** Faces are described this often, in ms. */
const describeEveryMs = 1000;

/** Pictures are looked at with about so many pixels: 640 × 360. */
const lookedPixels = 640 * 360;

/** People are looked for where no face has been seen for so long, or since a cut, and so often at most. In ms. */
const personsEveryMs = 1000;

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
  const frames = (ms: number) => Math.max(1, msToNearestFrame(ms, frameRate));
  const every = {
    find: frames(findEveryMs),
    findStill: frames(findStillEveryMs),
    hold: frames(holdMs),
    thorough: frames(thoroughEveryMs),
    describe: frames(describeEveryMs),
    persons: frames(personsEveryMs),
  };
  let near: SeenFace[] = [];
  let means: Float32Array | undefined;
  let foundMeans: Float32Array | undefined;
  /** When each was done last. */
  const last = { find: -Infinity, thorough: -Infinity, describe: -Infinity, persons: -Infinity };
  return {
    async look({ frame, width, height, data }) {
      const now = measureMeans(data, width, height);
      const isCut = means === undefined || meanChange(means, now) > cutChange;
      means = now;
      const hasMoved = foundMeans === undefined || meanChange(foundMeans, now) > movedChange;
      // After a cut nothing is where it was.
      const before = isCut ? [] : near;
      const isLarge = before.some((face) => face.width >= largeFace * width);
      const find = chooseFind(frame, { isCut, isLarge, hasMoved });
      const describe = isCut || frame - last.describe >= every.describe;
      const { faces, found } = await finder.look({
        picture: { width, height, data },
        near: before.map(nearOf),
        find,
        describe,
      });
      if (found) [last.find, foundMeans] = [frame, now];
      if (found && find === 'thorough') last.thorough = frame;
      if (describe) last.describe = frame;
      // Until the detector looks again, a face that is not seen is taken to be where it was.
      const isThere = new Set(faces.map(({ followed }) => followed));
      const held = found ? [] : before.filter((_, index) => !isThere.has(index)).map(holdFace);
      near = [...faces, ...held];
      const seen = near.map((face) => toSource(face, scale));
      // Whoever turns away for a moment is not looked for: a face counts as a look.
      if (near.length > 0) last.persons = frame;
      if (near.length > 0 || (!isCut && frame - last.persons < every.persons)) return { frame, faces: seen };
      last.persons = frame;
      const persons = await finder.findPersons({ width, height, data });
      return { frame, faces: seen, persons: persons.map((person) => toSource(person, scale)) };
    },
  };

  function chooseFind(
    frame: number,
    { isCut, isLarge, hasMoved }: { isCut: boolean; isLarge: boolean; hasMoved: boolean },
  ): FindHow {
    if (isCut || (!isLarge && frame - last.thorough >= every.thorough)) return 'thorough';
    if (frame - last.find >= (hasMoved ? every.find : every.findStill)) return 'quick';
    return frame - last.find >= every.hold ? 'when-lost' : 'never';
  }
}

function nearOf({ x, y, width, height, eyeLeft, eyeRight }: SeenFace) {
  const isTilted = eyeLeft !== undefined && eyeRight !== undefined;
  const turn = isTilted ? Math.atan2(eyeRight.y - eyeLeft.y, eyeRight.x - eyeLeft.x) : 0;
  return { x, y, width, height, turn };
}

/** A face that was not seen: its features are not known. */
function holdFace({ x, y, width, height, score }: SeenFace): SeenFace {
  return { x, y, width, height, score: score * 0.7 };
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
  // Of a large picture every third pixel of every third row will do.
  const step = Math.max(1, Math.min(3, Math.floor(Math.min(width, height) / (2 * grid))));
  for (let row = 0; row < height; row += step) {
    const cellRow = Math.floor((row * grid) / height) * grid;
    for (let column = 0; column < width; column += step) {
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
