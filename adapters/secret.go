package adapters

// SecretHost stands behind the name of a variable with a secret in the name of the one
// that says which servers the secret is for.
const SecretHost = "_HOST"
