/** A note in beats of the track, before somebody plays it. */
export type BeatNote = {
  readonly beat: number;
  readonly beats: number;
  /** MIDI number. */
  readonly pitch: number;
  /** 0 to 1, at full energy. */
  readonly velocity: number;
  /** How much later it comes because of how it is played (a strummed chord), in ms. */
  readonly lateMs?: number;
};
