import type { Score } from '../domain/score.ts';

/** What happens on a channel of a synthesiser, and when, in samples. */
export type SynthEvent = {
  readonly sample: number;
  readonly kind: 'on' | 'off';
  readonly channel: number;
  readonly pitch: number;
  /** 1 to 127; 0 of an end. */
  readonly velocity: number;
};

/** Events lie on this grid, so that few blocks are cut short: two thirds of a ms at 48 kHz. */
const gridSamples = 32;

/** General MIDI's channel of drums. */
const drumChannel = 9;

/** The channel of every part: drums have their own, which no other part gets. */
export function channelsOf(parts: Score['parts']): number[] {
  return parts.map(({ isDrums }, index) => (isDrums ? drumChannel : index < drumChannel ? index : index + 1));
}

/**
 * The notes of a score as beginnings and ends, in order. A note that begins while the same one sounds ends that one first: a synthesiser
 * tells them apart by pitch alone.
 */
export function listEvents({ notes, parts }: Pick<Score, 'notes' | 'parts'>, rateHz: number): SynthEvent[] {
  const channels = channelsOf(parts);
  const toSample = (ms: number) => Math.round((ms * rateHz) / 1000 / gridSamples) * gridSamples;
  const events: SynthEvent[] = [];
  const sounding = new Map<number, SynthEvent & { sample: number }>();
  for (const note of notes) {
    const channel = channels[note.part] ?? 0;
    const { pitch } = note;
    const sample = toSample(note.startMs);
    const velocity = Math.max(1, Math.min(127, Math.round(note.velocity * 127)));
    const id = channel * 128 + pitch;
    const before = sounding.get(id);
    if (before !== undefined && before.sample > sample) before.sample = sample;
    const off = {
      sample: Math.max(sample + gridSamples, toSample(note.startMs + note.durationMs)),
      kind: 'off' as const,
      channel,
      pitch,
      velocity: 0,
    };
    sounding.set(id, off);
    events.push({ sample, kind: 'on', channel, pitch, velocity }, off);
  }
  // What ends on a place ends before what begins there.
  return events.sort(
    (a, b) =>
      a.sample - b.sample ||
      (a.kind === b.kind ? a.channel - b.channel || a.pitch - b.pitch : a.kind === 'off' ? -1 : 1),
  );
}
