import type { Provenance } from '../domain/provenance.ts';

/** A picture as a file's bytes. */
export type ImageFile = {
  readonly bytes: Uint8Array;
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp';
};

/** Makes pictures from words, and from other pictures. */
export interface Images {
  readonly model: string;
  readonly terms: Pick<Provenance, 'licence' | 'mayEarnMoney'>;
  /** Whether it can begin from a picture; else `from` is left aside. */
  readonly canEdit: boolean;
  /**
   * One picture, as near to the wanted size as the model makes them. With `from` it is that picture, edited.
   * @throws provider.refused when the model will not make it, provider.*, conflict.budget_reached
   */
  make(request: {
    readonly prompt: string;
    readonly width: number;
    readonly height: number;
    readonly from?: readonly ImageFile[];
    readonly signal?: AbortSignal;
  }): Promise<ImageFile>;
}
