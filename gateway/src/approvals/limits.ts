/** How long somebody may take to decide. */
export const approvalLivesMs = 24 * 3_600_000;
/** Approvals that wait at once, of one person and in all: more would be nobody's to look through. */
export const pendingOfPersonMax = 100;
export const pendingMax = 2_000;
/** A payload as canonical JSON in UTF-8. */
export const payloadBytesMax = 262_144;
/** Payloads in one page of the list. */
export const pagePayloadBytesMax = 2_097_152;
export const noteCharsMax = 500;
/** Who has an approved act to do has it for so long; then others try. Longer than a command takes to be answered. */
export const claimMs = 10_000;
/** What was not done so long after it was approved is not done any more. */
export const doneWithinMs = 3_600_000;
