/** A line that matters to failures has one of these; the only test that most lines see. */
export const gate =
  /rror|xception|raceback|illed|nterrupt|out of memory|No space|quota|fault|NCCL|Watchdog|bad_alloc|\.Empty|core dumped|not found|oom|DUE TO|llocat|Exit\b|status 32|worker \(pid|DefaultCPU|terminate called|Illegal|Reducing to batch|skipping batch|fallen off|GPU is lost/;
/** How Python begins to tell of an exception. */
export const traceback = 'Traceback (most recent call last)';
/** The last line of a traceback: the exception's name, and its message where it has one. */
export const exception =
  /^(?:\s{0,2}\| )?((?:[A-Za-z_]\w{0,80}\.){0,8}_?[A-Z]\w{0,80}(?:Error|Exception|Interrupt|Exit|Empty|Failure|Timeout|Abort))(?::\s{0,2}(.{0,600}))?\s{0,4}$/;
/** Out of memory, and then it went on with less. */
export const recovers = /Reducing to batch|skipping batch|retrying with|\bretrying \(\d/;
/** Python says when an exception has no consequence (mostly objects that are torn down). */
export const ignored = 'Exception ignored in';
/** How long the traceback of an ignored exception may be. */
export const ignoredLines = 60;
/** How many lines after its beginning still belong to a failure. */
export const reach = 200;
