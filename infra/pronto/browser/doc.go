// Package browser proves the console's pages in a real headless Chromium: agents sign in, are paged, claim, answer, meet in a race, work by keys alone, on a
// phone, and with scripts off. It has tests only.
//
// Whatever a test does, it fails when a page breaks its content policy, logs an error, or asks anything of another machine. Without a Chromium the tests are
// skipped with words; PRONTO_CHROMIUM names one that is not in the path. Pictures of the pages go to PRONTO_PICTURES, if that names a directory.
package browser
