import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSqliteLedger } from '../src/adapters/ledger/sqlite.ts';
import { createYouTube } from '../src/adapters/platform/youtube/youtube.ts';
import { openSqliteRecords } from '../src/adapters/records/sqlite.ts';
import { sync } from '../src/recipes/youtube/sync.ts';
import { startYouTubeServer, youtubeKey } from '../test/fixtures/youtube-server.ts';
import { makeChannel, makeVideo } from '../test/fixtures/youtube-world.ts';

/**
 * Syncs a made-up channel, and counts its units: `npm run bench -- sync [--videos 10000]`.
 *
 * First all of it, then the figures again, then a look where nothing is new, and one where 3 and 130 are. The server is in this process and on
 * this machine: the times say what PatternPivot and SQLite take, not what YouTube does.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { videos: { type: 'string', default: '10000' } } });
  const count = Number(values.videos);
  const folder = await mkdtemp(join(tmpdir(), 'pivot-sync-'));
  const channel = makeChannel('bench', count);
  const server = await startYouTubeServer({ channels: [channel] });
  const ledger = openSqliteLedger({ path: join(folder, 'costs.sqlite'), budgets: [] });
  const { records } = openSqliteRecords(join(folder, 'records.sqlite'));
  const access = { under: 'public', auth: youtubeKey } as const;
  const platform = createYouTube({ access, ledger, apiUrl: server.url });
  const measure = async (name: string, isNewOnly: boolean) => {
    const before = server.seen.length;
    const startedAt = performance.now();
    const result = await sync(
      { kind: 'channel', id: channel.id },
      { isNewOnly, withCaptions: false },
      { records, platform },
      { signal: new AbortController().signal, emit: () => {} },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const units = server.countUnits(before);
    const read = `${result.newCount} new, ${result.refreshedCount} again`;
    const memory = `${Math.round(process.memoryUsage().rss / 1e6)} MB`;
    console.log(
      `${name.padEnd(28)} ${String(units).padStart(5)} units ${seconds.toFixed(1).padStart(6)} s  ${memory}  ${read}`,
    );
  };
  const upload = (more: number) => {
    for (let number = 0; number < more; number++) {
      channel.videos.unshift(makeVideo(channel.id, channel.videos.length));
    }
  };
  try {
    await measure(`${count} videos, the first time`, false);
    await measure('their figures again', false);
    await measure('looking, nothing new', true);
    upload(3);
    await measure('looking, 3 new', true);
    upload(130);
    await measure('looking, 130 new', true);
    const { size } = await stat(join(folder, 'records.sqlite'));
    console.log(`records: ${(size / 1e6).toFixed(1)} MB`);
  } finally {
    await records.close();
    await ledger.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
