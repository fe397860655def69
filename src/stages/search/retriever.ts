import type { CallbackManagerForRetrieverRun } from '@langchain/core/callbacks/manager';
import { Document } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import type { Passage } from '../../domain/library.ts';

/** A search of a library, as far as a chain needs it. */
export type FindPassages = (query: string) => Promise<readonly Passage[]>;

/** Passages of a library as LangChain knows documents, so that any chain can stand on our search. */
export class PassageRetriever extends BaseRetriever<Passage> {
  override lc_namespace = ['patternpivot', 'retrievers'];
  readonly #find: FindPassages;

  constructor(find: FindPassages) {
    super();
    this.#find = find;
  }

  static override lc_name(): string {
    return 'PassageRetriever';
  }

  /** The passages that answer a query, best first; what is known of each is its metadata. */
  override async _getRelevantDocuments(
    query: string,
    _runManager?: CallbackManagerForRetrieverRun,
  ): Promise<Document<Passage>[]> {
    const passages = await this.#find(query);
    return passages.map(
      (passage) => new Document({ pageContent: passage.text, metadata: passage, id: passage.chunkId }),
    );
  }
}
