import { resolve } from 'node:path';
import { systemTimeZone } from '../domain/zoned-time.ts';
import type { Library } from '../recipes/library/library.ts';
import type { AddPorts, AddDefaults } from '../recipes/queue/add.ts';
import { createGate } from '../recipes/queue/gate.ts';
import type { Pacing } from '../recipes/queue/plan.ts';
import type { App } from './compose.ts';
import type { Config } from './config.ts';
import { readGateRules } from './gate-rules.ts';
import { publishTargets } from './publish-config.ts';

/** The publish queue of a library: what changes it needs, and how it is paced. */
export type OpenedQueue = AddPorts & {
  /** Whose days and hours count, where nobody says otherwise. */
  readonly zone: string;
  readonly pacing: Pacing;
  /** What counts for a film of which nothing else is said. */
  defaultsFor(target: string): AddDefaults;
};

/** Opens the queue of a library that is open. Nothing is read yet, and nothing is to be let go. */
export function openQueue(parts: {
  readonly app: Pick<App, 'ports'>;
  readonly library: Pick<Library, 'records'>;
  readonly config: Config;
  /** Where a folder that is named by no path counts from. */
  readonly cwd: string;
}): OpenedQueue {
  const { app, library, config, cwd } = parts;
  const { hours, perDay, spacingHours, variationDays } = config.publish;
  const { privacy, madeForKids, playlists, category, channel, outFolder } = config.publish;
  const zone = config.publish.zone ?? systemTimeZone();
  let rules: ReturnType<typeof readGateRules> | undefined;
  return {
    records: library.records,
    gate: createGate({
      ...app.ports,
      records: library.records,
      targets: publishTargets,
      readRules: () => (rules ??= readGateRules(config)),
      now: () => new Date(),
    }),
    hashFile: app.ports.hashFile,
    now: () => new Date(),
    zone,
    pacing: { zone, hours, perDay, spacingMs: spacingHours * 3_600_000, variationDays },
    defaultsFor: (target) => ({
      privacy,
      isMadeForKids: madeForKids,
      playlistIds: target === 'youtube' ? playlists : [],
      ...(config.language === undefined ? {} : { language: config.language }),
      ...(category === undefined ? {} : { categoryId: category }),
      ...(target === 'youtube' && channel !== undefined ? { channelId: channel } : {}),
      ...(target === 'kits' ? { outFolder: resolve(cwd, outFolder) } : {}),
    }),
  };
}
