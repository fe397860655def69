import { createFlite, fliteVoices } from '../adapters/voice/flite.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Voice } from '../ports/voice.ts';
import type { HearPorts } from '../stages/hear/hear.ts';
import type { Config } from './config.ts';
import type { MeterAt } from './meters.ts';

/** What a voice is put together from. */
export type VoiceParts = {
  readonly config: Pick<Config, 'voice'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the recording of a cloned voice is heard with, for its owner's consent. */
  readonly ports: HearPorts;
  /** Counts what a voice at an address uses; left out, nothing is counted. */
  readonly meterAt?: MeterAt | undefined;
};

/**
 * The voice that is configured. Nothing is loaded or asked before it speaks; close it afterwards. Say its terms before it is used.
 * @throws input.voice_unknown
 */
export async function openVoice({ config }: VoiceParts): Promise<Voice> {
  const { name } = config.voice;
  const voice = fliteVoices.find((known) => known === (name ?? 'slt'));
  if (voice !== undefined) return createFlite({ voice });
  throw new PatternPivotError('input.voice_unknown', `There is no carried voice of the name ${name}.`, {
    hint: `Take one of ${fliteVoices.join(', ')}: voice.name`,
    context: { name },
  });
}
