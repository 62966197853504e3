object 4348cd73912851b6ceab2425f20a429f72e1636c
type commit
tag v-pgp-expired
tagger Ada <ada@example.org> 1767225600 +0000

A release
-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQQyQGDU4kYskw0qs6MJSvZIyQEuvAUCaVW5AAAKCRAJSvZIyQEu
vJqcAP9VNaPFuuIRtqZv0sDpTVH6IGBgqLuhSJvmkj9bVpLTgwEAvBxdxlAOSmEE
gBdry90JFWdknaoqOoFNzspk8bc1zQc=
=1u+z
-----END PGP SIGNATURE-----
