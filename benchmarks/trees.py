"""Made-up repositories of any size, the same on every machine: bases of applications, and an
overlay over all of them with a prefix, labels, images, patches and generators."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

APPS = 25
"""Applications in a base; each is a Deployment, a Service, a ConfigMap and a ServiceAccount."""
OBJECTS = APPS * 4
"""Objects in a base."""
PATCHED = (3, 17)
"""The applications of a base that the overlay patches."""

_IMAGES = ("nginx", "redis", "postgres", "registry.example.com/team/api", "envoyproxy/envoy")
_APP = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/name: {name}, app.kubernetes.io/component: backend}}
  annotations:
    description: "application {app} of group {base}"
spec:
  replicas: {replicas}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      serviceAccountName: {name}
      containers:
      - name: main
        image: {image}:1.0.{app}
        ports:
        - {{name: http, containerPort: 8080}}
        - {{name: metrics, containerPort: 9090}}
        env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
{variables}
        envFrom:
        - configMapRef:
            name: {name}-config
        - configMapRef:
            name: settings-{base:03}
        readinessProbe:
          httpGet: {{path: /healthz, port: http}}
          initialDelaySeconds: 5
        resources:
          requests:
            cpu: {cpu}
            memory: 64Mi
        volumeMounts:
        - name: data
          mountPath: /data
      - name: sidecar
        image: busybox:1.36
        args: ["-c", "sleep 1d"]
      volumes:
      - name: data
        emptyDir: {{}}
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - {{name: http, port: 80, targetPort: http}}
  - {{name: metrics, port: 9090, targetPort: metrics}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-config
data:
  LOG_LEVEL: {level}
  app.properties: |
    name={name}
    threads={replicas}
    cache=true
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
automountServiceAccountToken: false
"""
_PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: {replicas}
  template:
    metadata:
      annotations:
        prometheus.io/scrape: "true"
    spec:
      containers:
      - name: main
        env:
        - name: PATCHED
          value: "{app}"
        resources:
          limits:
            cpu: "1"
            memory: 256Mi
      - name: sidecar
        $patch: delete
      tolerations:
      - key: dedicated
        operator: Exists
"""
_OVERLAY = """\
namespace: prod
namePrefix: prod-
labels:
- pairs: {env: prod, team: platform}
  includeSelectors: true
images:
- {name: nginx, newTag: "1.27"}
- {name: redis, newName: registry.example.com/mirror/redis}
- {name: registry.example.com/team/api, newTag: v2.3.4}
- {name: postgres, digest: "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3"}
"""
TINY = {
    "base/kustomization.yaml": "resources: [app.yaml]\n",
    "base/app.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        envFrom:
        - configMapRef: {name: settings}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {LEVEL: info}
""",
    "overlay/kustomization.yaml": """\
resources: [../base]
namePrefix: prod-
namespace: prod
labels:
- pairs: {env: prod}
  includeSelectors: true
images:
- {name: nginx, newTag: "1.27"}
""",
}
"""Three objects with an overlay: what most kustomizations are like."""


def big(bases: int) -> Iterator[tuple[str, str]]:
    """The files of a tree of `bases` times OBJECTS objects; `overlay` is what is built."""
    dice = random.Random(42)
    for base in range(bases):
        names = [f"app-{base:03}-{app:02}" for app in range(APPS)]
        listed = "".join(f"- {name}.yaml\n" for name in names)
        yield f"bases/{base:03}/kustomization.yaml", f"resources:\n{listed}"
        for app, name in enumerate(names):
            yield f"bases/{base:03}/{name}.yaml", _app(dice, base, app, name)
        for app in PATCHED:
            patch = _PATCH.format(name=names[app], replicas=app + base, app=app)
            yield f"overlay/patches/{names[app]}.yaml", patch
        lines = "".join(f"key{line} = value {line} of group {base}\n" for line in range(20))
        yield f"overlay/files/settings-{base:03}.ini", lines
    yield "overlay/kustomization.yaml", _overlay(bases)


def written(files: Iterator[tuple[str, str]], folder: Path) -> Path:
    """Write files to a folder; returns it."""
    for path, text in files:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def _app(dice: random.Random, base: int, app: int, name: str) -> str:
    variables = "\n".join(
        f'        - name: VAR_{number}\n          value: "{dice.randint(0, 9999)}"'
        for number in range(dice.randint(2, 8))
    )
    return _APP.format(
        name=name,
        base=base,
        app=app,
        variables=variables,
        replicas=dice.randint(1, 4),
        image=dice.choice(_IMAGES),
        cpu=dice.choice(("50m", "100m", "250m")),
        level=dice.choice(("debug", "info", "warn")),
    )


def _overlay(bases: int) -> str:
    parts = ["resources:\n", *(f"- ../bases/{base:03}\n" for base in range(bases)), _OVERLAY]
    parts.append("patches:\n")
    parts += [
        f"- path: patches/app-{base:03}-{app:02}.yaml\n" for base in range(bases) for app in PATCHED
    ]
    parts.append("configMapGenerator:\n")
    parts += [
        f"- name: settings-{base:03}\n  literals: [GROUP={base}, REGION=eu-west-{base % 3}]\n"
        f"  files: [files/settings-{base:03}.ini]\n"
        for base in range(bases)
    ]
    return "".join(parts)
