import { keepSurest, type ScoredBox } from './face-boxes.ts';

/** From what the model of bodies gives to where a person's head is: pure. */

/** What the model gives for each cell of its grid, row by row. */
export type BodyMaps = {
  /** How likely a body has its middle here, 0 to 1. */
  readonly centers: Float32Array;
  /** How likely each of 17 points is here, 0 to 1. */
  readonly points: Float32Array;
  /** For a body with its middle here: how far down and to the right each point is, in cells. */
  readonly regress: Float32Array;
  /** For a point that is here: how far down and to the right of the cell, in cells. */
  readonly offsets: Float32Array;
};

/** The grid that {@link BodyMaps} are on, and how many px of the picture a cell is wide and tall. */
export type BodyGrid = {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
};

/** Points of the model, in its order (https://www.tensorflow.org/hub/tutorials/movenet). */
const pointCount = 17;
const head = [0, 1, 2, 3, 4];
const shoulders = [5, 6] as const;
const hips = [11, 12] as const;

/**
 * So sure the model must be of a body, and of its shoulders on average. Measured (docs/decisions/0013-faces.md): people who are
 * turned away or whose faces are painted over have 0.5 to 0.9, rooms, slides, animals and noise at most 0.38 with such shoulders.
 */
const minCenter = 0.45;
const minShoulders = 0.4;

/** A point that is surer than this is taken as seen. */
const minPoint = 0.3;

/** A middle of a body is the highest of the cells that are so near. */
const peakReach = 2;

/** A point is looked for around where the middle says it is: at this distance, in cells, a cell counts half. As the model does it. */
const halfDistance = 1.8;

/** A head's height, in lengths between the shoulder joints and from them to the hips; how far its middle is above them, in heights. */
const headPer = { shoulders: 0.62, torso: 0.42 };
const headAbove = 0.95;

/** A face's width over its height. */
const headAspect = 0.78;

/** Two heads that share more are one. */
const maxOverlap = 0.3;

type Point = { readonly x: number; readonly y: number; readonly score: number };

/** The heads of the people in a picture, seen or where they must be; px of the picture, the surest first. */
export function findHeads(maps: BodyMaps, grid: BodyGrid): ScoredBox[] {
  const found: ScoredBox[] = [];
  for (const [cell, score] of maps.centers.entries()) {
    if (score < minCenter || !isPeak(maps.centers, cell, grid)) continue;
    const at = (index: number) => findPoint(maps, grid, cell, index);
    const [left, right] = [at(shoulders[0]), at(shoulders[1])];
    if ((left.score + right.score) / 2 < minShoulders) continue;
    found.push({ ...placeHead(head.map(at), [left, right], [at(hips[0]), at(hips[1])]), score });
  }
  return keepSurest(found, maxOverlap);
}

function isPeak(centers: Float32Array, cell: number, { columns, rows }: BodyGrid): boolean {
  const [row, column] = [Math.floor(cell / columns), cell % columns];
  for (let y = Math.max(0, row - peakReach); y <= Math.min(rows - 1, row + peakReach); y++) {
    for (let x = Math.max(0, column - peakReach); x <= Math.min(columns - 1, column + peakReach); x++) {
      const other = y * columns + x;
      // Of two that are as high the first counts.
      if (centers[other]! > centers[cell]! || (centers[other] === centers[cell] && other < cell))
        return false;
    }
  }
  return true;
}

function findPoint(maps: BodyMaps, grid: BodyGrid, cell: number, index: number): Point {
  const { columns, rows, cellWidth, cellHeight } = grid;
  const of = (values: Float32Array, place: number, part: 0 | 1) =>
    values[(place * pointCount + index) * 2 + part]!;
  const wantedRow = Math.floor(cell / columns) + of(maps.regress, cell, 0);
  const wantedColumn = (cell % columns) + of(maps.regress, cell, 1);
  let [best, bestValue] = [cell, -1];
  for (let other = 0; other < columns * rows; other++) {
    const away = Math.hypot(Math.floor(other / columns) - wantedRow, (other % columns) - wantedColumn);
    const value = maps.points[other * pointCount + index]! / (away + halfDistance);
    if (value > bestValue) [best, bestValue] = [other, value];
  }
  return {
    x: ((best % columns) + of(maps.offsets, best, 1)) * cellWidth,
    y: (Math.floor(best / columns) + of(maps.offsets, best, 0)) * cellHeight,
    score: maps.points[best * pointCount + index]!,
  };
}

/** Where the head is: about its own points, else above the shoulders; how large, from the body, which is seen from all sides. */
function placeHead(
  features: readonly Point[],
  [left, right]: readonly [Point, Point],
  [leftHip, rightHip]: readonly [Point, Point],
): { x: number; y: number; width: number; height: number } {
  const neck = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const hip = { x: (leftHip.x + rightHip.x) / 2, y: (leftHip.y + rightHip.y) / 2 };
  const torso =
    (leftHip.score + rightHip.score) / 2 < minPoint ? 0 : Math.hypot(neck.x - hip.x, neck.y - hip.y);
  // Shoulders seen from the side are close together, and hips under a table are only guessed.
  const across = Math.hypot(left.x - right.x, left.y - right.y);
  const height = Math.max(
    headPer.shoulders * across,
    Math.min(headPer.torso * torso, 1.2 * headPer.shoulders * across),
  );
  const seen = features.filter(({ score }) => score >= minPoint);
  const sum = seen.reduce((total, { score }) => total + score, 0);
  const middle =
    seen.length > 0
      ? {
          x: seen.reduce((total, point) => total + point.x * point.score, 0) / sum,
          y: seen.reduce((total, point) => total + point.y * point.score, 0) / sum,
        }
      : { x: neck.x, y: neck.y - headAbove * height };
  return {
    x: middle.x - (headAspect * height) / 2,
    y: middle.y - height / 2,
    width: headAspect * height,
    height,
  };
}
