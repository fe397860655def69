/** Whom to see where, for `bench/framing.ts`. */

/** A rectangle in px of the source. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A face that was marked by hand, from hairline to chin and from cheek to cheek; of several people any will do. */
export type MarkedFrame = { readonly seconds: number; readonly faces: readonly Box[] };

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

/** Frames of recordings, marked by eye on a grid: right to about a twentieth of a face. */
export const markedVideos: readonly { readonly path: string; readonly marks: readonly MarkedFrame[] }[] = [
  {
    path: 'video/close-up-speakers/RD_Radio2_000.mp4',
    marks: [{ seconds: 2, faces: [box(102, 102, 250, 356)] }],
  },
  {
    path: 'video/close-up-speakers/WDA_AlexandriaOcasioCortez_000.mp4',
    marks: [{ seconds: 3, faces: [box(154, 83, 275, 365)] }],
  },
  {
    path: 'video/close-up-speakers/WDA_EdMarkey0_000.mp4',
    marks: [{ seconds: 4, faces: [box(115, 100, 282, 400)] }],
  },
  {
    path: 'video/close-up-speakers/retalking-1.mp4',
    marks: [{ seconds: 2, faces: [box(276, 96, 214, 280)] }],
  },
  {
    path: 'video/close-up-speakers/retalking-3.mp4',
    marks: [{ seconds: 2, faces: [box(170, 111, 243, 327)] }],
  },
  {
    path: 'video/close-up-speakers/retalking-5.mp4',
    marks: [{ seconds: 3, faces: [box(138, 170, 282, 308)] }],
  },
  {
    path: 'video/two-people-silent/two_people_3rooms.webm',
    marks: [
      { seconds: 10, faces: [box(211, 278, 97, 127), box(677, 281, 79, 132)] },
      { seconds: 30, faces: [box(229, 281, 100, 127), box(492, 149, 56, 65)] },
      { seconds: 50, faces: [box(339, 248, 91, 123), box(812, 318, 102, 150)] },
      { seconds: 95, faces: [box(381, 239, 132, 167), box(976, 213, 193, 211)] },
    ],
  },
];

/** What is known of the dialogue that was put together: who speaks on which side, and where it is cut. */
export type DialogueTruth = {
  readonly cuts_frames: readonly number[];
  readonly turns: readonly {
    readonly start: number;
    readonly end: number;
    readonly speaker_rect: readonly [number, number, number, number];
  }[];
};
