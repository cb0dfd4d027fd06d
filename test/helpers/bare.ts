/**
 * For tests that start threads or processes: the test runner puts a loader of its own into NODE_OPTIONS, which
 * would start in every one of them and triple the time.
 */
delete process.env.NODE_OPTIONS;
