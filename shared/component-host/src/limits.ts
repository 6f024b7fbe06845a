/** What a component may ask of the parser; each is checked before anything is allocated for it. */
export interface ParseLimits {
  /** Size of the binary, bytes. */
  readonly maxBytes: number;
  /** Components in components, and declarators in types. */
  readonly maxDepth: number;
  /** Length of one name, bytes. */
  readonly maxNameBytes: number;
  /** Definitions in the whole binary, those in types included. */
  readonly maxDefinitions: number;
  /** Definitions after each nested component is expanded where it is instantiated: bounds "a billion laughs". */
  readonly maxExpandedDefinitions: number;
  /** How deep value types may contain each other. */
  readonly maxTypeDepth: number;
  /** Core modules instantiated by one instance of the component. */
  readonly maxCoreInstances: number;
}

export const defaultParseLimits: ParseLimits = {
  maxBytes: 128 * 1024 * 1024,
  maxDepth: 50,
  maxNameBytes: 10_000,
  maxDefinitions: 200_000,
  maxExpandedDefinitions: 500_000,
  maxTypeDepth: 100,
  maxCoreInstances: 1_000,
};
