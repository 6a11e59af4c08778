/** What `kubectl create --dry-run=client -o yaml` and `kubectl autoscale` write of an app, as it stands. */
export const dryRun = `
apiVersion: apps/v1
kind: Deployment
metadata:
  creationTimestamp: null
  labels:
    app: shop
  name: shop
spec:
  replicas: 1
  selector:
    matchLabels:
      app: shop
  strategy: {}
  template:
    metadata:
      creationTimestamp: null
      labels:
        app: shop
    spec:
      containers:
      - image: ghcr.io/acme/shop:1
        name: shop
        ports:
        - containerPort: 8080
        resources: {}
status: {}
---
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: null
  labels:
    app: shop
  name: shop
spec:
  ports:
  - name: 80-8080
    port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app: shop
  type: ClusterIP
status:
  loadBalancer: {}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  creationTimestamp: null
  name: shop
spec:
  rules:
  - host: shop.test
    http:
      paths:
      - backend:
          service:
            name: shop
            port:
              number: 80
        path: /
        pathType: Prefix
status:
  loadBalancer: {}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  creationTimestamp: null
  name: shop
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: shop
status:
  currentHealthy: 0
  desiredHealthy: 0
  disruptionsAllowed: 0
  expectedPods: 0
---
apiVersion: v1
data:
  A: b
kind: ConfigMap
metadata:
  creationTimestamp: null
  name: shop
---
apiVersion: v1
kind: ServiceAccount
metadata:
  creationTimestamp: null
  name: shop
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata:
  creationTimestamp: null
  name: shop
spec:
  maxReplicas: 5
  minReplicas: 2
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: shop
  targetCPUUtilizationPercentage: 80
status:
  currentReplicas: 0
  desiredReplicas: 0
`
