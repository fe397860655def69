import type { Rectangle, Size } from './geometry.ts';

/** How a canvas is divided for several people, or for a screen and whoever speaks. Whole even px; pure. */

/** Places on a canvas for so many people (2 to 4), first above and on the left. */
export function dividePanes(canvas: Size, count: number): Rectangle[] {
  const isTall = canvas.height >= canvas.width;
  const grid =
    count >= 4 ? { columns: 2, rows: 2 } : isTall ? { columns: 1, rows: count } : { columns: count, rows: 1 };
  const panes: Rectangle[] = [];
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) {
      const x = edge(canvas.width, column, grid.columns);
      const y = edge(canvas.height, row, grid.rows);
      panes.push({
        x,
        y,
        width: edge(canvas.width, column + 1, grid.columns) - x,
        height: edge(canvas.height, row + 1, grid.rows) - y,
      });
    }
  }
  return panes;
}

function edge(length: number, index: number, count: number): number {
  return index === count ? length : 2 * Math.round((length * index) / count / 2);
}

/** A screen takes at most this much of the canvas, so that a face fits beside it. */
const mostScreen = 0.62;

/**
 * Places for a screen and for the face of whoever speaks: the screen whole and as large as it can be, above on tall canvases
 * and on the left of wide ones, and the face in what is left. Undefined where nothing worth having would be left.
 */
export function divideScreen(canvas: Size, screen: Size): { screen: Rectangle; face: Rectangle } | undefined {
  const isTall = canvas.height >= canvas.width;
  const even = (value: number) => 2 * Math.round(value / 2);
  if (isTall) {
    const height = even((canvas.width * screen.height) / screen.width);
    if (height > mostScreen * canvas.height) return undefined;
    return {
      screen: { x: 0, y: 0, width: canvas.width, height },
      face: { x: 0, y: height, width: canvas.width, height: canvas.height - height },
    };
  }
  const width = even((canvas.height * screen.width) / screen.height);
  if (width > mostScreen * canvas.width) return undefined;
  return {
    screen: { x: 0, y: 0, width, height: canvas.height },
    face: { x: width, y: 0, width: canvas.width - width, height: canvas.height },
  };
}
