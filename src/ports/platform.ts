import type { Fetched, PlatformChannel, PlatformVideo, Snapshot } from '../domain/platform.ts';
import type { ChannelReference } from '../domain/platform-reference.ts';

/** What a platform says of one thing: as we understand it, how it fares, and its own JSON as it came. */
export type Described<T> = {
  readonly about: T;
  readonly snapshot: Snapshot;
  readonly raw: unknown;
};

/** A page of a list. `next` is what to go on with; it is left out at the end. */
export type PlatformPage<T> = {
  readonly items: readonly T[];
  readonly next?: string | undefined;
  /** Names this state of the page: given back, the platform may answer that nothing changed. */
  readonly etag?: string | undefined;
  /** Of the whole list, about. */
  readonly totalCount?: number | undefined;
};

/** A caption track that a video has. */
export type CaptionTrack = {
  readonly id: string;
  /** BCP 47 tag. */
  readonly language: string;
  readonly name: string;
  /** Whether the platform recognised the words itself. */
  readonly isAutomatic: boolean;
};

/**
 * Reads channels and videos of a platform. Every request is counted in the ledger before it is sent, its repetitions too.
 * @throws conflict.budget_reached before a request that would pass the limit, not_found.*, provider.*, cancelled.*
 */
export interface Platform {
  /** By which right it is asked. */
  readonly under: Fetched['under'];
  /** Costs 1 unit. Undefined where there is no such channel. */
  findChannel(
    reference: ChannelReference,
    options: PlatformCall,
  ): Promise<Described<PlatformChannel> | undefined>;
  /** Whose playlist that is, and its name. Costs 1 unit. Undefined where there is none. */
  findPlaylist(
    id: string,
    options: PlatformCall,
  ): Promise<{ readonly title: string; readonly channelId: string } | undefined>;
  /** Ids of a playlist's videos, 50 a page, in its own order. Costs 1 unit. `unchanged` where the page is what `etag` names. */
  listPlaylist(
    id: string,
    options: PlatformCall & { readonly after?: string | undefined; readonly etag?: string | undefined },
  ): Promise<PlatformPage<string> | 'unchanged'>;
  /** Up to 50 videos. Costs 1 unit. Those that are deleted, or private and not the owner's, are left out. */
  readVideos(ids: readonly string[], options: PlatformCall): Promise<readonly Described<PlatformVideo>[]>;
  /** The caption tracks of a video of the owner's, and the platform's own JSON. Costs 50 units. */
  listCaptions(
    videoId: string,
    options: PlatformCall,
  ): Promise<{ readonly tracks: readonly CaptionTrack[]; readonly raw: unknown }>;
}

/** What every call is told. */
export type PlatformCall = {
  readonly signal: AbortSignal;
  /** When it is taken to be fetched, ISO 8601: one moment for all of a run. */
  readonly at: string;
};
