import { systemTimeZone } from '../domain/zoned-time.ts';
import type { Library } from '../recipes/library/library.ts';
import type { AddPorts, PublishSettings } from '../recipes/queue/add.ts';
import { createMeasuringGate } from '../recipes/queue/gate.ts';
import type { Pacing } from '../recipes/queue/plan.ts';
import type { App } from './compose.ts';
import type { Config } from './config.ts';

/** The publish queue of a library: what changes it needs, and how it is paced. */
export type OpenedQueue = AddPorts & {
  /** Whose days and hours count, where nobody says otherwise. */
  readonly zone: string;
  readonly pacing: Pacing;
  /** What counts for a film of which nothing else is said. */
  readonly defaults: PublishSettings;
};

/** Opens the queue of a library that is open. Nothing is read yet, and nothing is to be let go. */
export function openQueue(parts: {
  readonly app: Pick<App, 'ports'>;
  readonly library: Pick<Library, 'records'>;
  readonly config: Config;
}): OpenedQueue {
  const { app, library, config } = parts;
  const { hours, perDay, spacingHours, variationDays } = config.publish;
  const { privacy, madeForKids, playlists, category } = config.publish;
  const zone = config.publish.zone ?? systemTimeZone();
  return {
    records: library.records,
    gate: createMeasuringGate(app.ports),
    hashFile: app.ports.hashFile,
    now: () => new Date(),
    zone,
    pacing: { zone, hours, perDay, spacingMs: spacingHours * 3_600_000, variationDays },
    defaults: {
      privacy,
      isMadeForKids: madeForKids,
      playlistIds: playlists,
      ...(config.language === undefined ? {} : { language: config.language }),
      ...(category === undefined ? {} : { categoryId: category }),
    },
  };
}
