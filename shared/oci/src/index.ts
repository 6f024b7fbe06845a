export { describeComponent, pullComponent, pushComponent } from "./component-image.ts";
export type {
  ComponentDescription,
  ImageSource,
  PulledComponent,
  PullOptions,
  PushComponentOptions,
} from "./component-image.ts";
export { credentialsFromDockerConfig, defaultDockerConfigPath, dockerConfigFile } from "./credentials.ts";
export type { Credentials, CredentialSource } from "./credentials.ts";
export { digestOf } from "./digest.ts";
export { isOciError, OciError } from "./errors.ts";
export type { OciErrorCode } from "./errors.ts";
export { openImageCache } from "./image-cache.ts";
export type { ImageCache, ImageCacheOptions } from "./image-cache.ts";
export { createImages } from "./images.ts";
export type { ImagePullOptions, Images, ImagesOptions, PullPolicy } from "./images.ts";
export { componentLayerTypes, legacyWasmLayerType, wasmConfigType, wasmLayerType } from "./manifest.ts";
export type { Descriptor, ImageManifest, Manifest } from "./manifest.ts";
export { formatReference, isDigest, isLoopback, parseReference, pinned } from "./reference.ts";
export type { ImageReference } from "./reference.ts";
export { createRegistryClient } from "./registry-client.ts";
export type {
  CallOptions,
  FetchedManifest,
  Progress,
  RegistryClient,
  RegistryClientOptions,
  TransferOptions,
} from "./registry-client.ts";
