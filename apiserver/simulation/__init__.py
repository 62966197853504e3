"""The simulated cluster: what kube-controller-manager, the scheduler and the kubelet would do.

No container runs. A workload becomes ready at once, and its status is what the real controllers
leave. An image whose tag contains `broken` cannot be pulled, and an annotation asks for more
(`apiserver.fate`), so that waiting and failure can be seen too.
"""
