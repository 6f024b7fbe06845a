// Asks this container's own admin port whether the process is ready; exit 0 or 1 is what Docker reads.
const port = process.env.HOLDFAST_ADMIN_PORT ?? "9464";
try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_500) });
  if (!answer.ok) console.error(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`holdfast: no answer on the admin port ${port}: ${error.message}`);
  process.exitCode = 1;
}
