/** What is to be published, complete: nothing is filled in on the way. */
export type Publication = {
  /** The queue item's id: the same one is published once, whatever breaks on the way. */
  readonly itemId: string;
  readonly film: {
    /** Absolute. */
    readonly path: string;
    readonly contentHash: string;
    readonly sizeBytes: number;
  };
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Who may see it. With `publishAt` it is private until then. */
  readonly privacy: 'private' | 'unlisted' | 'public';
  /** ISO 8601 with an offset or Z. */
  readonly publishAt?: string;
  readonly isSynthetic: boolean;
  readonly isMadeForKids: boolean;
  /** Whether it is made to be shown as a short; left out: told how the target takes it, and not compared. */
  readonly isShort?: boolean;
  /** BCP 47 tag of what is spoken. */
  readonly language?: string;
  /** YouTube's number of a category; other targets leave it. */
  readonly categoryId?: string;
  readonly playlistIds: readonly string[];
  readonly coverPath?: string;
  /** SRT or VTT. */
  readonly captionsPath?: string;
};

/** What became of it, as the target says, not as it was asked for. */
export type Published = {
  /** `youtube`, `instagram`, `kits`, `webhook`. */
  readonly target: string;
  /** The target's own id of it: a video's id, a folder, a delivery's id. */
  readonly id: string;
  readonly url?: string;
  /** When it was done, ISO 8601. */
  readonly at: string;
  /** How it stands at the target, by the target's own words: `{privacy: 'private', short: 'yes'}`. */
  readonly found?: Readonly<Record<string, string>>;
  /** What the target set otherwise than it was asked, in words. */
  readonly differences: readonly {
    readonly what: string;
    readonly asked: string;
    readonly got: string;
  }[];
};

/** A place where videos are published. */
export interface Publisher {
  readonly target: string;
  /** What would be sent, in words, and what it would cost; nothing is sent. @throws input.* for what the target would refuse */
  preview(publication: Publication): Promise<readonly string[]>;
  /**
   * Publishes it exactly once: a second call for the same item goes on where the first was broken off, in this process or an earlier one, and
   * gives what is there where it was done. @throws provider.*, conflict.budget_reached (its context has `endsAt`), cancelled.*
   */
  publish(
    publication: Publication,
    options: {
      readonly signal: AbortSignal;
      readonly report: (done: { readonly share: number; readonly what: string }) => void;
    },
  ): Promise<Published>;
}
