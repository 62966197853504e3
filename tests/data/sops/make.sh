#!/bin/sh
# Makes the encrypted files here anew, with the real `sops` and `gpg`: run it where both are on the PATH.
# The keys are in keys/ and open nothing else. What is in plain/ is what went in, what is in
# expected/ is what `sops --decrypt` gives back. messages/ were written by `gpg --armor --encrypt` for
# these keys, refused/ holds a key with a passphrase.
set -eu
cd "$(dirname "$0")"
GNUPGHOME=$(mktemp -d) && export GNUPGHOME
trap 'rm -rf "$GNUPGHOME"' EXIT
gpg --batch --quiet --import keys/*.asc 2>/dev/null
public() { sed -n 's/^# public key: //p' "keys/$1.agekey"; }
print_of() { gpg --list-keys --with-colons "$1@example.org" | awk -F: '/^fpr/ { print $10; exit }'; }
SOPS_AGE_KEY=$(cat keys/*.agekey) && export SOPS_AGE_KEY
parts='^(data|stringData)$'
one=$(public one) two=$(public two) three=$(public three)
mkdir -p encrypted expected
make() { # source target options...
  source=$1 target=$2
  shift 2
  sops --config /dev/null --encrypt "$@" "plain/$source" > "encrypted/$target"
  type=$(echo "${source##*.}" | sed 's/yml/yaml/; s/^env$/dotenv/; s/^txt$/binary/')
  sops --config /dev/null --decrypt --input-type "$type" --output-type "$type" "encrypted/$target" > "expected/$target"
}
for file in types.yaml secret.yaml comments.yaml config.json settings.ini variables.env words.txt; do
  make "$file" "age-$file" --age "$one"
done
make secret.yaml regex-secret.yaml --age "$one" --encrypted-regex "$parts"
make secret.yaml rotated-secret.yaml --age "$two" --encrypted-regex "$parts"
make several.yaml several.yaml --age "$one" --encrypted-regex "$parts"
make secret.yaml unencrypted-regex-secret.yaml --age "$one" --unencrypted-regex '^(kind|metadata|apiVersion|type)$'
make secret.yaml suffix-secret.yaml --age "$one" --encrypted-suffix Data
make secret.yaml only-secret.yaml --age "$one" --encrypted-regex '^stringData$' --mac-only-encrypted
make comments.yaml comment-regex-comments.yaml --age "$one" --unencrypted-comment-regex 'plain'
make secret.yaml many-secret.yaml --age "$two,$one" --encrypted-regex "$parts"
make secret.yaml hybrid-secret.yaml --age "$(public hybrid)" --encrypted-regex "$parts"
make secret.yaml rsa-secret.yaml --pgp "$(print_of rsa)" --encrypted-regex "$parts"
make secret.yaml curve-secret.yaml --pgp "$(print_of curve)" --encrypted-regex "$parts"
cat > "$GNUPGHOME/groups.yaml" <<TEXT
creation_rules:
  - shamir_threshold: 2
    encrypted_regex: '$parts'
    key_groups:
      - age: ["$one"]
      - age: ["$two"]
      - age: ["$three"]
TEXT
sops --config "$GNUPGHOME/groups.yaml" --encrypt plain/secret.yaml > encrypted/groups-secret.yaml
sops --config /dev/null --decrypt encrypted/groups-secret.yaml > expected/groups-secret.yaml
