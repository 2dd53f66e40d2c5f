/** Aborted by the first SIGINT or SIGTERM: what runs is ended, so that mounts, sockets and directories are cleared away. */
export const interrupted: AbortSignal = listen().signal;

function listen(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort(new Error(`interrupted by ${signal}`)));
  return controller;
}
