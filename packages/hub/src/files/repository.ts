import { quote } from './quote.js';

/** What may be said about a model that is the id of a repository on a hub; it does not concern directories and URLs. */
export interface OpenOptions {
  /** A branch, a tag or a commit of the repository: `main` by default. */
  revision?: string;
  /** Where a repository's files come from: `HF_ENDPOINT`, or else https://huggingface.co. */
  endpoint?: string;
  /**
   * Shows who asks, for repositories that not everybody may read. In Node `HF_TOKEN` by default, or the file that
   * `HF_TOKEN_PATH` names, or else `token` in `HF_HOME`, where `hf auth login` writes it. It goes to the endpoint alone.
   */
  accessToken?: string;
  /**
   * Where downloads are kept (Node), laid out as by Python's huggingface_hub: `HF_HUB_CACHE`, or else `hub` in `HF_HOME`,
   * or else ~/.cache/huggingface/hub.
   */
  cacheDir?: string;
  /** Whether only files that are in the cache already may be used (Node): by default if `HF_HUB_OFFLINE` is 1. */
  localFilesOnly?: boolean;
  /** Hears how far the download of a file is (Node). */
  onProgress?: (progress: DownloadProgress) => void;
  /** Stops requests and downloads; the part that is there is kept, and a later download goes on with it. */
  signal?: AbortSignal;
}

/** How far the download of one file is, in bytes. */
export interface DownloadProgress {
  file: string;
  loaded: number;
  total: number;
}

const defaultEndpoint = 'https://huggingface.co';

/**
 * Checks that a model's name, which is neither a path nor a URL, is a repository's id: `owner/name` or `name`, by the
 * rules of Hugging Face.
 *
 * @throws Error if it is not
 */
export function checkRepositoryId(name: string): void {
  const rightParts = /^([a-z0-9_]([\w.-]*[a-z0-9_])?\/)?[a-z0-9_]([\w.-]*[a-z0-9_])?$/i.test(name);
  if (rightParts && name.length <= 96 && !/--|\.\.|\.git$/.test(name)) return;
  throw new Error(
    `a model must be a directory that exists, such as ./model, a URL, or the id of a repository, owner/name, but is ${quote(name)}`,
  );
}

/** Whether a revision is a commit, which never changes. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** The URL of the files of a repository, without a slash at its end. */
export function repositoryUrl(
  id: string,
  { endpoint = defaultEndpoint, revision = 'main' }: OpenOptions,
): string {
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new Error(`the endpoint of a hub must be an http(s) URL, but is ${quote(endpoint)}`);
  }
  return `${endpoint.replace(/\/+$/, '')}/${id}/resolve/${encodeURIComponent(revision)}`;
}

/**
 * Checks that a file of a repository is one of those that are read: data, in a format that holds nothing else.
 *
 * @throws Error for anything else: code, and pickles, which may hold code
 */
export function checkDataFile(path: string, repository: string): void {
  if (/\.(json|safetensors|txt|jinja)$/i.test(path)) return;
  const rule = 'only data are read from a repository: .json, .safetensors, .txt and .jinja';
  throw new Error(`${repository}/${path} is not downloaded: ${rule}`);
}
