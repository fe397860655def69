/** Whom to see where, for `bench/framing.ts`. */

/** A rectangle in px of the source. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * Faces that were marked by hand, from hairline to chin and from cheek to cheek; hair that hangs into a face counts as face.
 * Where one is marked, that one speaks (or is the only one there); of several people in a silent film any will do.
 */
export type MarkedFrame = { readonly seconds: number; readonly faces: readonly Box[] };

/** Who is where: from a frame on, people are told apart by which side of a line the middle of their face is on. */
export type Line = {
  readonly fromFrame: number;
  /** In px of the source. */
  readonly lineX: number;
  /** Narrower faces are passers-by, in px of the source. */
  readonly leastWidth: number;
};

/** A recording with its marks. */
export type MarkedVideo = {
  readonly path: string;
  readonly marks: readonly MarkedFrame[];
  /** Frames at which the source itself is cut: only there, and where the speaker changes, may the picture jump. */
  readonly cuts: readonly number[];
  /** Left out where there is one person only. */
  readonly lines?: readonly Line[];
};

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

/** A mark of someone who is alone. */
type LoneMark = readonly [seconds: number, x: number, y: number, width: number, height: number];

const alone = (marks: readonly LoneMark[]) =>
  marks.map(([seconds, x, y, width, height]): MarkedFrame => ({
    seconds,
    faces: [box(x, y, width, height)],
  }));

const closeUp = (name: string, ...marks: readonly LoneMark[]): MarkedVideo => ({
  path: `video/close-up-speakers/${name}.mp4`,
  marks: alone(marks),
  cuts: [],
});

const sentence = (name: string, ...marks: readonly LoneMark[]): MarkedVideo => ({
  path: `video/grid-talking-faces/${name}.mpg`,
  marks: alone(marks),
  cuts: [],
});

/** Frames of recordings, marked by eye on a grid of 10 px: right to about a twentieth of a face. */
export const markedVideos: readonly MarkedVideo[] = [
  closeUp(
    'RD_Radio2_000',
    [0.6, 140, 100, 248, 362],
    [2, 102, 102, 250, 356],
    [4.6, 118, 100, 245, 355],
    [7.2, 95, 110, 248, 365],
  ),
  closeUp(
    'WDA_AlexandriaOcasioCortez_000',
    [0.6, 158, 85, 252, 363],
    [3, 154, 83, 275, 365],
    [4.6, 165, 98, 255, 355],
    [7.2, 168, 80, 248, 356],
  ),
  closeUp(
    'WDA_EdMarkey0_000',
    [0.6, 138, 80, 280, 420],
    [4, 115, 100, 282, 400],
    [4.6, 128, 88, 280, 424],
    [7.2, 118, 90, 270, 420],
  ),
  closeUp(
    'retalking-1',
    [0.6, 275, 100, 208, 275],
    [2, 276, 96, 214, 280],
    [3.6, 285, 100, 213, 280],
    [5.4, 280, 96, 215, 276],
  ),
  closeUp(
    'retalking-3',
    [0.6, 185, 110, 222, 322],
    [2, 170, 111, 243, 327],
    [3.2, 183, 116, 228, 322],
    [4.4, 190, 140, 225, 311],
  ),
  closeUp(
    'retalking-5',
    [0.6, 138, 150, 240, 300],
    [3, 138, 170, 282, 308],
    [3.2, 148, 155, 245, 300],
    [4.4, 155, 140, 232, 298],
  ),
  sentence('bbaf2n', [1, 105, 98, 100, 150], [1.8, 105, 97, 100, 151]),
  sentence('lbax4n', [1, 129, 70, 118, 178], [1.8, 128, 72, 118, 183]),
  sentence('lrwp9a', [1, 127, 80, 121, 180], [1.8, 126, 82, 121, 179]),
  sentence('pwij3p', [1, 136, 88, 102, 166], [1.8, 135, 88, 102, 166]),
  sentence('sbwe5n', [1, 130, 95, 108, 152], [1.8, 130, 95, 108, 149]),
  sentence('swwp2s', [1, 130, 90, 103, 168], [1.8, 130, 90, 103, 168]),
  {
    path: 'video/two-people-silent/two_people_3rooms.webm',
    cuts: [1035, 2175],
    // The older man sits on the left in all three rooms; in the last one others work in the background.
    lines: [
      { fromFrame: 0, lineX: 400, leastWidth: 0 },
      { fromFrame: 1035, lineX: 540, leastWidth: 0 },
      { fromFrame: 2175, lineX: 760, leastWidth: 75 },
    ],
    marks: [
      { seconds: 4, faces: [box(158, 290, 104, 112), box(592, 350, 100, 115)] },
      { seconds: 10, faces: [box(211, 278, 97, 127), box(677, 281, 79, 132)] },
      { seconds: 16, faces: [box(238, 345, 92, 98), box(815, 205, 45, 83)] },
      { seconds: 22, faces: [box(217, 300, 90, 90), box(558, 150, 47, 60)] },
      { seconds: 30, faces: [box(229, 281, 100, 127), box(492, 149, 56, 65)] },
      { seconds: 36, faces: [box(240, 305, 90, 97), box(665, 140, 70, 68)] },
      { seconds: 43, faces: [box(338, 298, 90, 118), box(845, 320, 92, 95)] },
      { seconds: 50, faces: [box(339, 248, 91, 123), box(812, 318, 102, 150)] },
      { seconds: 56, faces: [box(340, 283, 73, 93), box(640, 348, 90, 104)] },
      { seconds: 63, faces: [box(298, 290, 88, 105), box(790, 318, 90, 100)] },
      { seconds: 70, faces: [box(328, 285, 84, 102), box(840, 326, 85, 104)] },
      { seconds: 78, faces: [box(342, 285, 80, 93), box(758, 318, 80, 102)] },
      { seconds: 84, faces: [box(283, 20, 102, 123), box(722, 112, 90, 105)] },
      { seconds: 90, faces: [box(487, 298, 118, 150), box(1025, 235, 172, 198)] },
      { seconds: 95, faces: [box(381, 239, 132, 167), box(976, 213, 193, 211)] },
      { seconds: 101, faces: [box(512, 305, 128, 165), box(998, 255, 182, 208)] },
      { seconds: 108, faces: [box(508, 285, 122, 150), box(992, 250, 185, 215)] },
      // The other one has stood up: his face is above the picture.
      { seconds: 114, faces: [box(490, 290, 125, 150)] },
      { seconds: 120, faces: [box(358, 300, 130, 135), box(895, 275, 185, 218)] },
    ],
  },
];

/** What is known of the dialogue that was put together: who speaks on which side, and where it is cut. */
export type DialogueTruth = {
  readonly cuts_frames: readonly number[];
  readonly turns: readonly {
    readonly start: number;
    readonly end: number;
    readonly side: 'left' | 'right';
    readonly speaker: string;
    readonly speaker_rect: readonly [number, number, number, number];
  }[];
};
