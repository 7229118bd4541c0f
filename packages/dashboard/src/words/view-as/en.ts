/** The words of viewing as a viewer. */
export const viewAs = {
  title: 'View as a viewer',
  about:
    'See what a viewer of one category sees: the same pages, with the figures of that category. Nothing can be started meanwhile. The log of this server records who viewed as whom.',
  administrators: 'Only administrators can view as a viewer.',
  stopFirst: 'You already view as a viewer. Press Stop above, then choose another category here.',
  reads: 'Viewers read',
  do: 'View as',
  doOf: (name: string) => `View as ${name}`,
  none: 'This category has no categories.',
  notBegun: 'You still see your own figures.',
  notStopped: 'You still view as a viewer. Press Stop again.',
  mark: (name: string) => `You see what viewers of ${name} see. Nothing can be started.`,
  unknown: (name: string) => `You see nothing: no category has the name ${name}. Nothing can be started.`,
  stop: 'Stop',
};

export type ViewAsWords = typeof viewAs;
