/** Nobody would take the change back: so it is not made, or not left. */
export class NotArmed extends Error {}
