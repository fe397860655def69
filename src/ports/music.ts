import type { MusicBrief } from '../domain/music.ts';
import type { Provenance } from '../domain/provenance.ts';

/** Makes original music. */
export interface Music {
  readonly model: string;
  readonly terms: Pick<Provenance, 'licence' | 'mayEarnMoney' | 'isSynthetic'>;
  /** Writes a stereo WAV of 48 kHz of exactly the wanted length. The same brief and seed give the same bytes where the model allows it. */
  make(
    brief: MusicBrief,
    path: string,
    options: { readonly signal: AbortSignal; readonly report: (doneShare: number) => void },
  ): Promise<void>;
  close(): Promise<void>;
}
